"""Whether a chat template shows what a row holds of tools.

Many templates leave out what they don't know: such a row would teach an answer to a
question that nobody sees. What matters is planted with marks, which must come out.
"""

from typing import Any

from loraloom_engine.data.conversation import Conversation
from loraloom_engine.data.template import Message, Template
from loraloom_engine.errors import EngineError

# Plain letters, which come through JSON and through any filter of a template.
TOOL, CALL, ANSWER = "loraloomtool", "loraloomcall", "loraloomanswer"
NAMES = {TOOL: "tools", CALL: "tool calls", ANSWER: "answers of tools"}


def check_tools_shown(template: Template, conversation: Conversation) -> None:
    """Raises EngineError ``template_refused`` naming what the template leaves out."""
    calls = sum(len(message.get("tool_calls") or []) for message in conversation.messages)
    answers = sum(message["role"] == "tool" for message in conversation.messages)
    planted = {TOOL: len(conversation.tools or []), CALL: calls, ANSWER: answers}
    if not any(planted.values()):
        return
    tools = [with_name(tool, TOOL) for tool in conversation.tools or []] or None
    text = template.render([marked(message) for message in conversation.messages], False, tools)
    missing = [NAMES[mark] for mark, count in planted.items() if text.count(mark) < count]
    if missing:
        raise EngineError(
            "template_refused", f"The model's chat template does not show {' and '.join(missing)}."
        )


def marked(message: Message) -> Message:
    if message["role"] == "tool":
        return message | {"content": ANSWER}
    if message.get("tool_calls"):
        return message | {"tool_calls": [with_name(call, CALL) for call in message["tool_calls"]]}
    return message


def with_name(tool: dict[str, Any], name: str) -> dict[str, Any]:
    return tool | {"function": tool["function"] | {"name": name}}
