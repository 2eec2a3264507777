"""Engine protocol 1: JSON lines, requests on stdin and events on stdout.

``requests`` and ``events`` hold one dataclass a message, ``parsing`` turns JSON into
them strictly. The same messages are described by zod schemas in
``packages/trainer/src/engine/protocol.ts``; the files of
``packages/trainer/protocol-examples`` hold the two together.
"""
