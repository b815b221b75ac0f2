"""Streamlit entry: page list and set-up only; everything else is in ``annotator.ui``.

``streamlit run app.py`` finds ``app`` below (the server with its security headers); the server then
runs this same file as the script of each page.
"""

import streamlit as st

from annotator.ui.security import middleware

if __name__ == "__main__":
    from annotator.ui.shell import main

    main()
else:
    app = st.App(__file__, middleware=middleware())
