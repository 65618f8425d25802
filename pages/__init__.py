"""What the browser shows: one Streamlit script per page, their parts, and the routes beside them."""
