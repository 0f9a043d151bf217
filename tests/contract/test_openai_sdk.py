"""The chat and Responses doors as OpenAI's official Python client sees them."""

import base64
import io
import re
import urllib.request
from collections.abc import Iterator
from typing import Any, cast

import openai
import pytest
from openai.types.responses.response_output_item import ImageGenerationCall
from PIL import Image

from tests.contract.conftest import Server

pytestmark = pytest.mark.contract

IMAGE_TOOL: Any = {"type": "modelgates:image_generation", "parameters": {"size": "512x512"}}


@pytest.fixture
def client(server: Server) -> Iterator[openai.OpenAI]:
    """The client, pointed at our server by nothing but its address and a key."""
    with openai.OpenAI(base_url=f"{server.url}/api/v1", api_key=server.key, max_retries=0) as opened:
        yield opened


def opened_size(url: str) -> tuple[int, int]:
    """The size of the picture behind a link, which needs no key."""
    with urllib.request.urlopen(url) as answer, Image.open(io.BytesIO(answer.read())) as image:
        return image.size


def test_a_chat_completion_draws_and_shows_the_picture(client: openai.OpenAI) -> None:
    """Seed 000, Quick Start, through `chat.completions.create`."""
    completion = client.chat.completions.create(
        model="openai/gpt-5.2",
        messages=[{"role": "user", "content": "Create an image of a futuristic city at sunset"}],
        tools=[IMAGE_TOOL],
    )

    [choice] = completion.choices
    [url] = re.findall(r"^!\[Generated image\]\((\S+)\)$", choice.message.content or "", flags=re.MULTILINE)
    assert choice.finish_reason == "stop"
    assert choice.message.tool_calls is None
    assert completion.usage is not None
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    assert opened_size(url) == (512, 512)


def test_a_client_function_comes_back_as_a_tool_call(client: openai.OpenAI) -> None:
    """The client's own functions work beside the server tool."""
    completion = client.chat.completions.create(
        model="openai/gpt-5.2",
        messages=[{"role": "user", "content": "Good morning"}],
        tools=[IMAGE_TOOL, {"type": "function", "function": {"name": "get_time", "parameters": {"type": "object"}}}],
        tool_choice={"type": "function", "function": {"name": "get_time"}},
    )

    [choice] = completion.choices
    [call] = choice.message.tool_calls or []
    assert choice.finish_reason == "tool_calls"
    assert call.type == "function"
    assert call.function.name == "get_time"


def test_a_response_has_the_tool_item_and_the_text(client: openai.OpenAI) -> None:
    """Seed 000, "Works with the Responses API", through `responses.create`."""
    response = client.responses.create(
        model="openai/gpt-5.2", input="Generate an image of a mountain landscape", tools=[IMAGE_TOOL]
    )

    item = cast("Any", response.output[0])
    assert (response.status, response.error) == ("completed", None)
    assert (item.type, item.status) == ("modelgates:image_generation", "completed")
    assert item.imageUrl in response.output_text
    assert opened_size(item.imageUrl) == (512, 512)
    assert response.usage is not None


def test_openais_own_image_tool_answers_in_base64(client: openai.OpenAI) -> None:
    """The typed tool of the SDK, and its typed result."""
    response = client.responses.create(
        model="openai/gpt-5.2",
        input="Draw a fox",
        tools=[{"type": "image_generation", "size": "1024x1024", "quality": "low"}],
    )

    item = response.output[0]
    assert isinstance(item, ImageGenerationCall)
    assert item.result is not None
    with Image.open(io.BytesIO(base64.b64decode(item.result))) as image:
        assert image.size == (1024, 1024)


def test_a_streamed_chat_completion_is_put_together_by_the_clients_own_helper(client: openai.OpenAI) -> None:
    """`chat.completions.stream`: words as they come, then the whole answer with its usage."""
    words: list[str] = []
    with client.chat.completions.stream(
        model="openai/gpt-5.2",
        messages=[{"role": "user", "content": "Create an image of a futuristic city at sunset"}],
        tools=[IMAGE_TOOL],
        stream_options={"include_usage": True},
    ) as stream:
        words.extend(event.delta for event in stream if event.type == "content.delta")
        completion = stream.get_final_completion()

    [choice] = completion.choices
    assert choice.message.content == "".join(words)
    assert choice.finish_reason == "stop"
    assert completion.usage is not None
    assert completion.usage.prompt_tokens > 0
    [url] = re.findall(r"^!\[Generated image\]\((\S+)\)$", choice.message.content or "", flags=re.MULTILINE)
    assert opened_size(url) == (512, 512)


def test_a_streamed_client_call_is_put_together(client: openai.OpenAI) -> None:
    """Calls of the client's functions, by the same helper."""
    with client.chat.completions.stream(
        model="openai/gpt-5.2",
        messages=[{"role": "user", "content": "call get_time"}],
        tools=[{"type": "function", "function": {"name": "get_time", "parameters": {"type": "object"}}}],
    ) as stream:
        completion = stream.get_final_completion()

    [call] = completion.choices[0].message.tool_calls or []
    assert (completion.choices[0].finish_reason, call.function.name) == ("tool_calls", "get_time")


# the SDK knows OpenAI's own tool types only, and warns of the prefixed one in the echo of the request
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_a_streamed_response_is_put_together_by_the_clients_own_helper(client: openai.OpenAI) -> None:
    """`responses.stream`: every event parses, and the helper's own picture of the output is the server's."""
    with client.responses.stream(model="openai/gpt-5.2", input="Draw a fox", tools=[IMAGE_TOOL]) as stream:
        events = list(stream)
        response = stream.get_final_response()

    words = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    item = cast("Any", response.output[0])
    assert response.output_text == words
    assert (response.status, item.type) == ("completed", "modelgates:image_generation")
    assert item.imageUrl in words
    assert [event.sequence_number for event in events if hasattr(event, "sequence_number")] != []


def test_an_error_before_the_stream_is_an_exception_of_the_call(client: openai.OpenAI) -> None:
    """gateway.md 3.5: the real status, so that the client's own retries and classes work."""
    with pytest.raises(openai.InternalServerError, match="failed before its answer was complete"):
        client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "hi sandbox:chat_fails"}], stream=True
        )


def test_a_stream_that_breaks_off_raises_in_the_middle(client: openai.OpenAI) -> None:
    """The client's own rule for a chunk with `error`."""
    stream = client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "hi sandbox:chat_breaks_off"}], stream=True
    )
    heard: list[str] = []

    def listen() -> None:
        heard.extend(chunk.choices[0].delta.content or "" for chunk in stream)

    with pytest.raises(openai.APIError, match="failed before its answer was complete"):
        listen()
    assert "".join(heard).startswith("Hello, I am")


def test_images_and_models_through_openais_own_paths(server: Server) -> None:
    """`images.generate`, whole and streamed, and `models.list`, with `/v1` as the base URL."""
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0) as client:
        made = client.images.generate(model="gpt-image-2-text-to-image", prompt="a fox", size="1024x1024", n=2)
        events = list(client.images.generate(model="gpt-image-2-text-to-image", prompt="an owl", stream=True))
        models = client.models.list()
        with pytest.raises(openai.BadRequestError) as refused:
            client.images.generate(model="gpt-image-2-text-to-image", prompt="sandbox:moderation_blocked")
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("nobody")

    assert len(made.data or []) == 2
    for picture in made.data or []:
        with Image.open(io.BytesIO(base64.b64decode(picture.b64_json or ""))) as image:
            assert (image.format, image.size) == ("PNG", (1024, 1024))
    assert [event.type for event in events] == ["image_generation.completed"]
    assert (refused.value.code, refused.value.type) == ("picture_refused", "invalid_request_error")
    assert "gpt-image-2-text-to-image" in {model.id for model in models}


def test_errors_are_the_clients_own_exceptions(client: openai.OpenAI) -> None:
    """The dialect's status and message arrive in the right classes."""
    with pytest.raises(openai.BadRequestError, match="`messages` is empty"):
        client.chat.completions.create(model="m", messages=[])
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="sk_test_nobody").responses.create(model="m", input="hello")
