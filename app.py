"""The application: Streamlit on pages/frame.py, with health routes, fonts and strict response headers.

Start it with ``make run``, ``streamlit run app.py`` or ``uvicorn app:app``.
"""

import streamlit as st

from pages.server import errors, middleware, server

server.refuse_unsafe_settings()

app = st.App(
    server.ROOT / "pages" / "frame.py",
    lifespan=server.warm_up,
    routes=server.routes(),
    middleware=middleware.layers(),
    on_script_error=errors.report_script_error,
)
