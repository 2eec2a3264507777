"""LoRA adapters: their weights, and what they add to the layers of a shared base."""
