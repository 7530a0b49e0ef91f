"""Alone prints: text for people, or one JSON envelope."""
