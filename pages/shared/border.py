"""The border of every page: no label, heading or sentence holds a picture, a link, a tag or a formula.

Each place that writes words of a registry, a file or a link escapes them (:func:`plro_core.text.safe_markdown`), so that they are
read as they were written. This stands behind all of them, where Streamlit hands an element to the browser: the pages
themselves write none of these, so whatever is one came from somebody else, past a place that forgot to escape it.
Options of a choice are left as they are, because the browser answers with them. HTML that the pages write is no Markdown.
"""

from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from streamlit import delta_generator
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from plro_core.text import inert_markdown

#: Parts of an element that a browser reads as Markdown.
_READ_AS_MARKDOWN = frozenset({"label", "help", "body", "title", "text", "delta", "caption"})
#: Elements whose text is something else.
_PLAIN = frozenset({"html", "json", "code", "text"})

#: Where Streamlit hands a message to the browser; it has no public place for it.
_PLACE = "_enqueue_message"
_send: Any = getattr(delta_generator, _PLACE)


def install() -> None:
    """Let every element of every session pass the border from now on."""
    setattr(delta_generator, _PLACE, _passed)


def _passed(message: ForwardMsg) -> None:
    kind = message.delta.WhichOneof("type") if message.WhichOneof("type") == "delta" else None
    if kind in ("new_element", "add_block"):
        holder = getattr(message.delta, kind)
        name = holder.WhichOneof("type")
        if name is not None and name not in _PLAIN:
            _make_inert(getattr(holder, name))
    _send(message)


def _make_inert(element: Message) -> None:
    for name in _texts_of(element.DESCRIPTOR):
        text = getattr(element, name)
        if (safe := inert_markdown(text)) != text:
            setattr(element, name, safe)


@cache
def _texts_of(kind: Descriptor) -> tuple[str, ...]:
    texts = (field for field in kind.fields if field.name in _READ_AS_MARKDOWN)
    return tuple(field.name for field in texts if field.cpp_type == FieldDescriptor.CPPTYPE_STRING)
