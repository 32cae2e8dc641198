"""What can be taken away from a run: a lesson as one file, its trace, its weights, and scripts that compute it again.

`row` is what a page shows of it, below its stage; the other modules make the files and know nothing of Streamlit.
"""

from ui.export.row import row

__all__ = ["row"]
