"""The words of a conversation with tools, in no dialect: what a model said, what it called, what came of it.

A door turns its dialect into these and back; the upstream turns them into the wire of a chat model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from overdoor.domain.task import Asset
from overdoor.errors import OverdoorError
from overdoor.units import MicroDollars

Finish = Literal["stop", "length", "content_filter", "tool_calls", "error"]
ChoiceWord = Literal["auto", "none", "required"]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's wish that a tool be run. arguments: JSON text, as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """What a chat model counted and costs, over one turn or several, without its tools."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_cost: MicroDollars = MicroDollars(0)
    completion_cost: MicroDollars = MicroDollars(0)

    @property
    def cost(self) -> MicroDollars:
        """Both parts together."""
        return MicroDollars(self.prompt_cost + self.completion_cost)

    def __add__(self, other: "TokenUsage") -> "TokenUsage":
        return TokenUsage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            MicroDollars(self.prompt_cost + other.prompt_cost),
            MicroDollars(self.completion_cost + other.completion_cost),
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer of a model: words, calls, or both."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    finish: Finish = "stop"
    usage: TokenUsage = TokenUsage()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a tool made. url: lives as long as the asset."""

    url: str
    asset: Asset


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came of a call.

    told: what the model is told, as JSON values with a `status` of `ok` or `error`.
    asked: the prompt that the tool worked on, empty where it got none.
    warnings: for the caller of the request, not for the model.
    """

    told: Mapping[str, object]
    asked: str = ""
    picture: Picture | None = None
    charged: MicroDollars = MicroDollars(0)
    warnings: tuple[str, ...] = ()

    @property
    def error(self) -> str | None:
        """Why there is no result, in words; None when there is one."""
        return str(self.told.get("error", "")) if self.told.get("status") == "error" else None


@dataclass(frozen=True, slots=True)
class ToolRun:
    """A model's call that was ours to answer, and the answer.

    asked_type: the server tool's type as the request spelt it; None when the model named a tool that nobody offered.
    executed: False for a call that was not carried out: it came after the limit, or named no tool.
    """

    call: ToolCall
    asked_type: str | None
    result: ToolResult
    executed: bool = True


@dataclass(frozen=True, slots=True)
class Spoke:
    """The model said a piece of its answer. The pieces of a request together are the text of its reply."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A server tool is at work. asked_type: as the request spelt it."""

    call: ToolCall
    asked_type: str


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A server tool has answered, well or badly."""

    run: ToolRun


Event: TypeAlias = Spoke | ToolStarted | ToolFinished


@dataclass(frozen=True, slots=True)
class Given:
    """A message that came with the request, in the upstream's own shape; the loop never looks inside."""

    message: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Said:
    """What the model answered earlier in this request."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class Answered:
    """What a tool gave back."""

    call: ToolCall
    told: Mapping[str, object]


Message: TypeAlias = Given | Said | Answered


@dataclass(frozen=True, slots=True)
class Function:
    """A tool as the model sees it. definition: name, description and JSON schema, in the upstream's own shape."""

    name: str
    definition: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Forced:
    """The model must call this function."""

    name: str


Choice: TypeAlias = ChoiceWord | Forced


@dataclass(frozen=True, slots=True)
class Reply:
    """A finished request: everything that a door needs for its answer.

    text: what the model said in all turns. calls: for the client to run. requested, executed: calls of server tools.
    failure: what stopped the model after tools had already worked.
    """

    text: str
    calls: tuple[ToolCall, ...]
    finish: Finish
    usage: TokenUsage
    runs: tuple[ToolRun, ...]
    failure: OverdoorError | None = None

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Every picture that was made, in the order of the calls."""
        return tuple(run.result.picture for run in self.runs if run.result.picture is not None)

    @property
    def charged(self) -> MicroDollars:
        """What the server tools cost."""
        return MicroDollars(sum(run.result.charged for run in self.runs))

    @property
    def executed(self) -> int:
        """How many calls of server tools were carried out."""
        return sum(run.executed for run in self.runs)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the caller should know, each sentence once."""
        return tuple(dict.fromkeys(warning for run in self.runs for warning in run.result.warnings))
