"""The nodes: a model drafts, asks the person and sends; functions check before, between and after."""

from __future__ import annotations

from framework.graph import NodeSpec

# Relative, because a package may be loaded under another name than that of its folder.
from .. import functions  # noqa: TID252  (see above)
from ..config import FEWEST_DRAFT_CHARS, MOST_DRAFT_CHARS, MOST_DRAFTS, OPTIONS  # noqa: TID252  (see above)
from ..judges import PersonDecided, WasSent  # noqa: TID252  (see above)

prepare = NodeSpec(
    id="prepare",
    name="Prepare",
    description="Checks the input before a model or a person spends time on it.",
    node_type="function",
    function=functions.prepare,
    input_keys=["facts", "outbox"],
    output_keys=["outbox_path"],
    max_retries=1,
)
write_draft = NodeSpec(
    id="write_draft",
    name="Write draft",
    description="Drafts the announcement from the facts, or changes it as the person asked.",
    node_type="event_loop",
    input_keys=["facts", "audience", "previous", "remark"],
    output_keys=["draft"],
    nullable_output_keys=["audience", "previous", "remark"],
    output_schema={
        "draft": {
            "type": "string",
            "minLength": FEWEST_DRAFT_CHARS,
            "maxLength": MOST_DRAFT_CHARS,
            "description": "the announcement, plain text, ready to be sent",
        }
    },
    system_prompt=(
        "You draft short announcements. Use only the facts you are given; leave out what they do not say. "
        "Plain text, a few sentences, no placeholders to fill in.\n"
        "If there is a previous draft with a remark, change it as the remark says and leave the rest.\n"
        "Set the announcement with set_output, then say that it is done."
    ),
    max_node_visits=MOST_DRAFTS,
)
ask_approval = NodeSpec(
    id="ask_approval",
    name="Ask for approval",
    description="Shows the draft to the person and takes their decision.",
    node_type="event_loop",
    input_keys=["draft"],
    output_keys=["decision", "change"],
    nullable_output_keys=["change"],
    output_schema={
        "decision": {"type": "string", "enum": ["approve", "change", "reject"]},
        "change": {"type": "string", "description": "what to change, in the person's own words"},
    },
    system_prompt=(
        "A person decides about this draft:\n\n{draft}\n\n"
        "STEP 1. Call ask_user. Its question is the whole draft, unchanged, and then: Shall this be sent? "
        f"Its options are {', '.join(OPTIONS)}. Decide nothing yourself.\n"
        "If they answer Change, call ask_user again, without options, and ask what to change.\n"
        "STEP 2. When they have decided, call set_output: decision is approve, change or reject; for change, "
        "also set change to their own words."
    ),
    client_facing=True,
    max_node_visits=MOST_DRAFTS,
    judge=PersonDecided(),
)
keep_approved = NodeSpec(
    id="keep_approved",
    name="Keep what was approved",
    description="Puts the approved text where the tool finds it and no model can change it.",
    node_type="function",
    function=functions.keep_approved,
    input_keys=["draft", "outbox_path"],
    output_keys=["is_kept"],
    max_retries=1,
)
send = NodeSpec(
    id="send",
    name="Send",
    description="Sends the approved announcement.",
    node_type="event_loop",
    output_keys=["receipt"],
    output_schema={"receipt": {"type": "string"}},
    system_prompt=(
        "A person approved an announcement. Call send_announcement once; it takes no arguments and sends the "
        "approved text. Then set the output receipt to what it returned. If it fails, escalate."
    ),
    tools=["send_announcement"],
    judge=WasSent(),
)
confirm = NodeSpec(
    id="confirm",
    name="Confirm",
    description="Reads in the outbox what was really sent.",
    node_type="function",
    function=functions.confirm,
    input_keys=["outbox_path"],
    output_keys=["outcome", "sent", "sent_text"],
    max_retries=1,
)
shelve = NodeSpec(
    id="shelve",
    name="Shelve",
    description="Closes a rejected announcement; nothing is sent.",
    node_type="function",
    function=functions.shelve,
    input_keys=["decision"],
    output_keys=["outcome", "sent"],
    max_retries=1,
)
