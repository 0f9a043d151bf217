"""The server-tool loop, with a scripted model and scripted tools."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from overdoor.chat.events import (
    Answered,
    Event,
    Forced,
    Function,
    Given,
    Said,
    Spoke,
    TokenUsage,
    ToolCall,
    ToolFinished,
    ToolResult,
    ToolStarted,
    Turn,
)
from overdoor.chat.loop import Conversation, Step, converse
from overdoor.errors import InsufficientCredits, NoChatModel, OverdoorError
from overdoor.units import MicroDollars

HELLO = Given({"role": "user", "content": "hello"})
OK = ToolResult({"status": "ok"}, charged=MicroDollars(5), warnings=("careful",))
CLIENTS = Function("clients", {"name": "clients"})


@dataclass
class Model:
    """Says what the script says, then "done", and remembers what it was given."""

    script: Sequence[Turn | OverdoorError]
    steps: list[Step] = field(default_factory=list[Step])
    last_words: str = ""  # said before it fails

    async def take_turn(self, step: Step, *, say: Callable[[str], None]) -> Turn:
        self.steps.append(step)
        turn = self.script[len(self.steps) - 1] if len(self.steps) <= len(self.script) else Turn("done")
        if isinstance(turn, OverdoorError):
            say(self.last_words)
            raise turn
        for letter in turn.text:
            say(letter)
        return turn


@dataclass
class Tool:
    """Answers with what it is told to, and remembers the numbers of its calls."""

    answer: Callable[[], ToolResult] = lambda: OK
    asked_type: str = "overdoor:ours"
    numbers: list[int] = field(default_factory=list[int])

    @property
    def function(self) -> Function:
        return Function("ours", {"name": "ours"})

    async def run(self, call: ToolCall, *, number: int) -> ToolResult:
        self.numbers.append(number)
        return self.answer()


def call(name: str = "ours", call_id: str = "c1") -> ToolCall:
    return ToolCall(call_id, name, "{}")


async def test_a_model_that_only_speaks_is_the_whole_reply() -> None:
    """No tool, one turn."""
    model = Model([Turn("hi", usage=TokenUsage(3, 1))])

    reply = await converse(Conversation((HELLO,), (Tool(),)), model=model)

    assert (reply.text, reply.finish, reply.runs, reply.usage) == ("hi", "stop", (), TokenUsage(3, 1))


async def test_results_are_fed_back_and_usage_is_summed_over_the_turns() -> None:
    """Promise: seed 000, "The generated image URL is returned to the model"."""
    asked = Turn(calls=(call(),), finish="tool_calls", usage=TokenUsage(10, 2, MicroDollars(7), MicroDollars(1)))
    model = Model([asked, Turn("there", usage=TokenUsage(20, 4))])

    reply = await converse(Conversation((HELLO,), (Tool(),)), model=model)

    assert model.steps[1].history == (HELLO, Said(asked), Answered(call(), {"status": "ok"}))
    assert reply.usage == TokenUsage(30, 6, MicroDollars(7), MicroDollars(1))
    assert (reply.text, reply.finish, reply.charged, reply.warnings) == ("there", "stop", 5, ("careful",))


async def test_the_calls_of_one_turn_run_side_by_side() -> None:
    """Each waits for the other: one after the other would never end."""
    both = asyncio.Barrier(2)

    class Waiting(Tool):
        async def run(self, call: ToolCall, *, number: int) -> ToolResult:
            await both.wait()
            return OK

    model = Model([Turn(calls=(call(call_id="a"), call(call_id="b")))])

    reply = await converse(Conversation((HELLO,), (Waiting(),)), model=model)

    assert [run.call.id for run in reply.runs] == ["a", "b"]


async def test_the_limit_of_calls_is_kept_and_followed_by_one_turn_without_tools() -> None:
    """A hard cap: calls beyond it are told so and cost nothing."""
    tool = Tool()
    greedy = Turn(calls=(call(call_id="a"), call(call_id="b")))
    model = Model([greedy, greedy, greedy])

    reply = await converse(Conversation((HELLO,), (tool,), max_tool_calls=3), model=model)

    assert tool.numbers == [1, 2, 3]
    assert [step.choice for step in model.steps] == ["auto", "auto", "none"]
    assert (len(reply.runs), reply.executed, reply.charged, reply.finish) == (4, 3, 15, "stop")
    assert reply.runs[3].result.error == "The limit of 3 tool calls for one request is reached."
    assert reply.calls == ()


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (
            InsufficientCredits(price=MicroDollars(20_000), available=MicroDollars(0)),
            "This task costs 2 credits; 0 are available. Add credits, or ask for a lower `resolution` or `duration`.",
        ),
        (ValueError("a secret inside"), "An error of the server stopped the tool."),
    ],
    ids=["refusal", "bug"],
)
async def test_a_failing_tool_is_told_to_the_model_and_never_fails_the_request(raised: Exception, told: str) -> None:
    """A refusal in its words, a bug without its insides."""

    def fail() -> ToolResult:
        raise raised

    model = Model([Turn(calls=(call(),))])

    reply = await converse(Conversation((HELLO,), (Tool(fail),)), model=model)

    assert model.steps[1].history[-1] == Answered(call(), {"status": "error", "error": told})
    assert reply.text == "done"


async def test_a_tool_that_nobody_offered_is_told_so() -> None:
    """Models make up names."""
    model = Model([Turn(calls=(call("unknown"),))])

    reply = await converse(Conversation((HELLO,), (Tool(),)), model=model)

    [run] = reply.runs
    assert (run.asked_type, run.executed, run.result.error) == (None, False, "No tool is called 'unknown'.")


async def test_a_call_of_the_client_ends_the_loop_after_our_own_calls_of_the_turn() -> None:
    """The client gets its calls alone; ours are done."""
    tool = Tool()
    theirs = call("clients", "c2")
    model = Model([Turn("let me see", calls=(call(), theirs), finish="tool_calls")])

    reply = await converse(Conversation((HELLO,), (tool,), (CLIENTS,)), model=model)

    assert tool.numbers == [1]
    assert (reply.calls, reply.finish, reply.text, len(model.steps)) == ((theirs,), "tool_calls", "let me see", 1)


async def test_a_forced_choice_holds_for_the_first_turn_only() -> None:
    """Else the loop would never end."""
    model = Model([Turn(calls=(call(),)), Turn(calls=(call(),))])

    await converse(Conversation((HELLO,), (Tool(),), choice=Forced("ours")), model=model)

    assert [step.choice for step in model.steps] == [Forced("ours"), "auto", "auto"]


async def test_calls_of_a_model_that_may_not_call_are_ignored() -> None:
    """tool_choice none is kept even if the model does not keep it."""
    tool = Tool()
    model = Model([Turn("words", calls=(call(), call("clients")), finish="tool_calls")])

    reply = await converse(Conversation((HELLO,), (tool,), (CLIENTS,), choice="none"), model=model)

    assert (tool.numbers, reply.calls, reply.finish, reply.text) == ([], (), "stop", "words")


async def test_a_model_that_fails_after_a_tool_worked_ends_the_reply_with_what_there_is() -> None:
    """Never an error status after something was charged."""
    failure = NoChatModel(model="m")
    model = Model([Turn("one moment", calls=(call(),)), failure])

    reply = await converse(Conversation((HELLO,), (Tool(),)), model=model)

    assert (reply.finish, reply.failure, reply.charged, reply.text) == ("error", failure, 5, "one moment")


async def test_a_model_that_fails_at_once_fails_the_request() -> None:
    """Nothing was made, so the error is the answer."""
    with pytest.raises(NoChatModel):
        await converse(Conversation((HELLO,)), model=Model([NoChatModel(model="m")]))


async def test_whoever_watches_sees_every_call_begin_and_end() -> None:
    """For doors that tell as they go."""
    seen: list[Event] = []

    reply = await converse(Conversation((HELLO,), (Tool(),)), model=Model([Turn(calls=(call(),))]), watch=seen.append)

    assert seen[:2] == [ToolStarted(call(), "overdoor:ours"), ToolFinished(reply.runs[0])]


async def test_the_pieces_of_what_the_model_says_are_the_text_of_the_reply() -> None:
    """A turn without a word to read is left out of both, and a new turn is a new paragraph."""
    seen: list[Event] = []
    script = [Turn(" Let me see.", calls=(call(),)), Turn("\n ", calls=(call(),)), Turn("Here it is.")]

    reply = await converse(Conversation((HELLO,), (Tool(),)), model=Model(script), watch=seen.append)

    assert reply.text == " Let me see.\n\nHere it is."
    assert "".join(event.text for event in seen if isinstance(event, Spoke)) == reply.text


async def test_a_model_that_fails_in_the_middle_of_its_words_ends_the_reply_with_them() -> None:
    """What was heard cannot be taken back; the reply names the failure."""
    failure = NoChatModel(model="m")

    reply = await converse(Conversation((HELLO,)), model=Model([failure], last_words="I was go"))

    assert (reply.text, reply.finish, reply.failure) == ("I was go", "error", failure)
