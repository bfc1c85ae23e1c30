"""An address as a QR code: a picture inside the page, made here, fetched from nowhere."""

import segno
import streamlit as st

#: Above this a code is too dense to be read from a screen by a phone.
_LONGEST = 600


def code(address: str, width: int, words: str) -> None:
    """The address as a code, dark on white in both themes, as cameras expect; nothing for a very long address."""
    if len(address) <= _LONGEST:
        picture = segno.make_qr(address, error="l").png_data_uri(scale=6, border=2)
        st.image(picture, width=width, alt=words)
