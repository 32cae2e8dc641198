"""Runs before every page: title, navigation, and the look they share."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st

PAGES = (
    ("explore/playground.py", "Playground", "", ":material/play_circle:"),
    ("learn/worked_example.py", "Worked example", "worked_example", ":material/calculate:"),
    ("explore/sigmoid_vs_relu.py", "Sigmoid vs ReLU", "sigmoid_vs_relu", ":material/compare_arrows:"),
    ("explore/gradient_flow.py", "Gradient flow", "gradient_flow", ":material/stacked_line_chart:"),
    ("explore/own_data.py", "Your data", "own_data", ":material/upload_file:"),
)

st.set_page_config(
    page_title="Backpropagation, step by step", page_icon=str(Path(__file__).with_name("icon.svg")), layout="wide"
)
page = st.navigation(
    [
        st.Page(ROOT / "pages" / script, title=title, url_path=path, icon=icon, default=not path)
        for script, title, path, icon in PAGES
    ],
    position="top",
)
page.run()
