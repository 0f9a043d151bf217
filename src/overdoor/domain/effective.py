"""The request as it was understood, in the words of the jobs API: what an estimate shows before anything is owed."""

from overdoor.domain.request import GenerationRequest


def effective_parameters(request: GenerationRequest) -> dict[str, object]:
    """Every option with the value that counts, defaults too; options that the model does not have are left out.

    `size` is null where the result takes its size from the input.
    """
    known: dict[str, object] = {
        "aspect_ratio": request.aspect_ratio,
        "resolution": request.resolution,
        "quality": request.quality,
        "background": request.background,
        "output_format": request.output_format,
        "output_compression": request.output_compression,
        "moderation": request.moderation,
        "duration": request.duration_s,
        "generate_audio": request.generate_audio,
        "seed": request.seed,
        "scale": request.scale,
        **request.extra,
    }
    size = f"{request.width_px}x{request.height_px}" if request.width_px and request.height_px else None
    return {
        "operation": request.operation,
        "size": size,
        **{name: value for name, value in known.items() if value is not None},
        "inputs": len(request.inputs),
    }
