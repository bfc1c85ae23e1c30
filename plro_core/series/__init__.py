"""What papers print about patients of a registry, as data: documents, their transcription and folders, claims, literature.

Its rooms stand on floors of their own, because the store needs documents and the claims need the store.
"""
