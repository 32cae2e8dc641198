"""Records to Plotly figures. No Streamlit in here; each takes "light" or "dark" and leaves its background open."""

from ui.figures.gradcheck import gradient_check
from ui.figures.heatmaps import heatmaps
from ui.figures.loss import far_apart, loss_curve

__all__ = ["far_apart", "gradient_check", "heatmaps", "loss_curve"]
