"""Our own widgets on gr.HTML: drawn in the browser from one JSON value, no request while they move under the hand.

Text reaches the page through textContent only, never through an HTML template: templates run code that is in the text.
"""
