"""Your data: a table that someone brings, from a look at its rows to a network that learns from them."""

from ui.owndata import page

page.screen()
