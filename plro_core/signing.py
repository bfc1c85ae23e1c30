"""Signing the lines of a journal with a key that lies outside the registry's folder (Ed25519, a PEM file).

``PLRO_JOURNAL_KEY`` names the file: a private key signs and checks, a public one only checks.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plro_core import durable, plain_files
from plro_core.problems import JournalProblem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SETTING = "PLRO_JOURNAL_KEY"
_LONGEST = 10_000


@dataclass(frozen=True)
class Key:
    """A key that checks signatures, and makes them if it is a private one."""

    public: "Ed25519PublicKey"
    private: "Ed25519PrivateKey | None" = None

    def signature(self, checksum: str) -> str:
        """
        Raises:
            JournalProblem: it is a public key.
        """
        if self.private is None:
            raise JournalProblem(f"The journal cannot be signed: {SETTING} names a public key; expected a private one.")
        return self.private.sign(checksum.encode()).hex()

    def made(self, signature: str, checksum: str) -> bool:
        """Whether a signature of this checksum was made with this key."""
        from cryptography.exceptions import InvalidSignature

        try:
            self.public.verify(bytes.fromhex(signature), checksum.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


def key() -> Key | None:
    """The key that ``PLRO_JOURNAL_KEY`` names; nothing where it names none.

    Raises:
        JournalProblem: it cannot be read, or is no Ed25519 key.
    """
    told = os.environ.get(SETTING, "")
    return _read(Path(told)) if told else None


def _read(path: Path) -> Key:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

    try:
        content = plain_files.content(path, _LONGEST)
        if b"PRIVATE KEY" in content:
            private = load_pem_private_key(content, None)
            if isinstance(private, Ed25519PrivateKey):
                return Key(private.public_key(), private)
        elif isinstance(public := load_pem_public_key(content), Ed25519PublicKey):
            return Key(public)
    except OSError:
        raise JournalProblem(f"The journal's key {path.name} cannot be read; {SETTING} should name its file.") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        pass
    raise JournalProblem(f"{path.name} is not a key of the journal; expected Ed25519 in a PEM file without a password.")


def write_key(path: Path) -> Path:
    """Make a new key: the private one at ``path``, readable by its owner alone, and the public one beside it.

    Returns:
        The file of the public key.

    Raises:
        JournalProblem: there is a file at ``path``.
        OSError: it cannot be written.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    private = Ed25519PrivateKey.generate()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise JournalProblem(f"{path.name} exists; a key is never written over.") from None
    with open(handle, "wb") as file:
        file.write(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        durable.sync(file.fileno())
    public = path.with_name(f"{path.name}.pub")
    durable.write_whole(public, private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return public
