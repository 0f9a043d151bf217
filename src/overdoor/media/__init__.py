"""Pictures, clips and sounds: foreign bytes are opened only in worker processes."""
