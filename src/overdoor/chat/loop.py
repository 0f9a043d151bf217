"""The server-tool loop: a turn of the model, its tools at once, their results back, until the model only speaks.

The model may call client functions too: those end the loop and are the client's to run.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from overdoor.chat.events import (
    Answered,
    Choice,
    Event,
    Function,
    Message,
    Reply,
    Said,
    Spoke,
    TokenUsage,
    ToolCall,
    ToolFinished,
    ToolResult,
    ToolRun,
    ToolStarted,
    Turn,
)
from overdoor.errors import OverdoorError

MOST_TOOL_CALLS = 30  # of one request, by default and at most

_log = structlog.get_logger("overdoor.chat")


class ServerTool(Protocol):
    """A tool that the gateway runs itself."""

    @property
    def asked_type(self) -> str:
        """Its type as the request spelt it, such as `modelgates:image_generation`."""
        ...

    @property
    def function(self) -> Function:
        """How the model sees it."""
        ...

    async def run(self, call: ToolCall, *, number: int) -> ToolResult:
        """Carry out one call. number: counts the calls of one request from 1, the same when it is repeated.

        Raises:
            OverdoorError: a refusal, which the model is told in words.
        """
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """What a model is given for one turn."""

    history: tuple[Message, ...]
    functions: tuple[Function, ...]
    choice: Choice


class ChatModel(Protocol):
    """Whoever takes the turns."""

    async def take_turn(self, step: Step, *, say: Callable[[str], None]) -> Turn:
        """The model's next answer. say: told each piece of its text as it comes.

        Raises:
            OverdoorError: it cannot answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class Conversation:
    """A request to a model with tools.

    choice: holds for the first turn; a forced call would otherwise repeat for ever.
    max_tool_calls: of server tools, 1 to `MOST_TOOL_CALLS`; afterwards the model takes one last turn without tools.
    """

    history: tuple[Message, ...]
    server_tools: tuple[ServerTool, ...] = ()
    client_functions: tuple[Function, ...] = ()
    choice: Choice = "auto"
    max_tool_calls: int = MOST_TOOL_CALLS


def _ignore(event: Event) -> None:
    """Nobody watches."""


async def converse(conversation: Conversation, *, model: ChatModel, watch: Callable[[Event], None] = _ignore) -> Reply:
    """Let the model speak until it is done, or until it calls a function of the client.

    A tool that fails never fails the request: the model is told. A model that fails after tools have worked does not
    fail it either, since those may be paid for: the reply then names the failure.

    Raises:
        OverdoorError: the model failed before it said anything and before any tool was run.
    """
    functions = (*(tool.function for tool in conversation.server_tools), *conversation.client_functions)
    history, choice = conversation.history, conversation.choice
    turns: list[Turn] = []
    runs: list[ToolRun] = []
    voice = _Voice(watch)
    while True:
        voice.begin_turn()
        try:
            turn = await model.take_turn(Step(history, functions, choice), say=voice.say)
        except OverdoorError as failure:
            if not runs and not voice.of_turn:
                raise
            return _reply([*turns, Turn(text=voice.of_turn)], runs, failure=failure)
        turns.append(turn)
        ours, theirs = _split_calls(turn, conversation)
        if choice == "none" or not ours:
            return _reply(turns, runs, calls=() if choice == "none" else theirs)
        fresh = await _run_tools(conversation, ours, earlier=len(runs), watch=watch)
        runs += fresh
        if theirs:
            return _reply(turns, runs, calls=theirs)
        history = (*history, Said(turn), *(Answered(run.call, run.result.told) for run in fresh))
        choice = "auto" if len(runs) < conversation.max_tool_calls else "none"


class _Voice:
    """Tells the watcher what the model says, so that the pieces together are the reply's text."""

    def __init__(self, watch: Callable[[Event], None]) -> None:
        self._watch = watch
        self._has_spoken = False
        self._blank = ""  # the beginning of a turn, as long as there is nothing to read in it
        self.of_turn = ""

    def begin_turn(self) -> None:
        """What comes now belongs to a new paragraph."""
        self._blank, self.of_turn = "", ""

    def say(self, piece: str) -> None:
        """One more piece."""
        if not self.of_turn:
            self._blank += piece
            if not self._blank.strip():
                return
            piece = self._blank
            self._watch(Spoke(f"\n\n{piece}" if self._has_spoken else piece))
        else:
            self._watch(Spoke(piece))
        self._has_spoken = True
        self.of_turn += piece


def failed(why: str, *, asked: str = "") -> ToolResult:
    """The result of a call that brought nothing, in words for the model."""
    return ToolResult({"status": "error", "error": why}, asked=asked)


def _split_calls(turn: Turn, conversation: Conversation) -> tuple[tuple[ToolCall, ...], tuple[ToolCall, ...]]:
    """The calls that the gateway answers, and those of the client. A name that nobody offered is ours to answer."""
    clients = {function.name for function in conversation.client_functions}
    return (
        tuple(call for call in turn.calls if call.name not in clients),
        tuple(call for call in turn.calls if call.name in clients),
    )


async def _run_tools(
    conversation: Conversation, calls: Sequence[ToolCall], *, earlier: int, watch: Callable[[Event], None]
) -> list[ToolRun]:
    """Every call answered, side by side; those beyond the limit are only told so."""
    tools = {tool.function.name: tool for tool in conversation.server_tools}

    async def answer(call: ToolCall, number: int) -> ToolRun:
        tool = tools.get(call.name)
        if tool is None:
            return ToolRun(call, None, failed(f"No tool is called {call.name!r}."), executed=False)
        if number > conversation.max_tool_calls:
            told = failed(f"The limit of {conversation.max_tool_calls} tool calls for one request is reached.")
            return ToolRun(call, tool.asked_type, told, executed=False)
        watch(ToolStarted(call, tool.asked_type))
        run = ToolRun(call, tool.asked_type, await _carry_out(tool, call, number))
        watch(ToolFinished(run))
        return run

    return list(await asyncio.gather(*(answer(call, number) for number, call in enumerate(calls, start=earlier + 1))))


async def _carry_out(tool: ServerTool, call: ToolCall, number: int) -> ToolResult:
    """The tool boundary: whatever happens inside becomes a result."""
    try:
        return await tool.run(call, number=number)
    except OverdoorError as refusal:
        return failed(f"{refusal.message} {refusal.hint}")
    except Exception:  # noqa: BLE001 - one of the two places where a bug is caught; it is logged and told
        _log.exception("a server tool has a bug", tool=tool.asked_type, call=call.id)
        return failed("An error of the server stopped the tool.")


def _reply(
    turns: Sequence[Turn],
    runs: Sequence[ToolRun],
    *,
    calls: tuple[ToolCall, ...] = (),
    failure: OverdoorError | None = None,
) -> Reply:
    finish = "error" if failure is not None else "tool_calls" if calls else turns[-1].finish
    return Reply(
        text="\n\n".join(turn.text for turn in turns if turn.text.strip()),
        calls=calls,
        finish="stop" if finish == "tool_calls" and not calls else finish,
        usage=sum((turn.usage for turn in turns), TokenUsage()),
        runs=tuple(runs),
        failure=failure,
    )
