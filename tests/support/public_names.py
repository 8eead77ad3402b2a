"""The public contract as a table: modules, callables with their parameters, records with their fields.

A parameter is written ``name`` or ``name=default``; items are parted by ``;``.
"""

from __future__ import annotations

GRAPH = (
    "Goal GoalStatus SuccessCriterion Constraint NodeSpec NodeContext NodeResult NodeProtocol EdgeSpec "
    "EdgeCondition GraphSpec GraphExecutor EventLoopNode LoopConfig JudgeProtocol JudgeVerdict SchemaJudge "
    "NodeConversation OutputAccumulator"
)

NAMES = {
    "framework.graph": GRAPH,
    "framework.graph.goal": "Goal GoalStatus SuccessCriterion Constraint",
    "framework.graph.node": "NodeSpec NodeContext NodeResult NodeProtocol",
    "framework.graph.edge": "EdgeSpec EdgeCondition GraphSpec",
    "framework.graph.executor": "ExecutionResult GraphExecutor ParallelExecutionConfig",
    "framework.graph.event_loop_node": (
        "EventLoopNode LoopConfig JudgeProtocol JudgeVerdict SchemaJudge OutputAccumulator"
    ),
    "framework.graph.conversation": "NodeConversation",
    "framework.graph.checkpoint_config": "CheckpointConfig",
    "framework.graph.safe_eval": "safe_eval",
    "framework.llm": (
        "LLMProvider LLMResponse Tool ToolUse ToolResult TextDeltaEvent TextEndEvent ToolCallEvent "
        "ToolResultEvent ReasoningDeltaEvent FinishEvent StreamErrorEvent ScriptedProvider "
        "LiteLLMProvider MockLLMProvider"
    ),
    "framework.config": "RuntimeConfig",
    "framework.runner": "AgentRunner ToolRegistry tool",
    "framework.runner.tool_registry": "ToolRegistry tool",
    "framework.runtime.core": "Runtime",
    "framework.runtime.agent_runtime": "AgentRuntime AgentRuntimeConfig create_agent_runtime",
    "framework.runtime.execution_stream": "EntryPointSpec",
    "framework.runtime.event_bus": "EventBus EventType AgentEvent",
    "framework.storage.conversation_store": "FileConversationStore",
}

_EXECUTOR = "framework.graph.executor:GraphExecutor"
_REGISTRY = "framework.runner.tool_registry:ToolRegistry"
_RUNNER = "framework.runner:AgentRunner"
_STORE = "framework.storage.conversation_store:FileConversationStore"
_RUNTIME = "framework.runtime.agent_runtime:AgentRuntime"
_BUS = "framework.runtime.event_bus:EventBus"

CALLABLES = {
    _EXECUTOR: (
        "runtime; llm=None; tools=None; tool_executor=None; node_registry=None; "
        "enable_parallel_execution=True; parallel_config=None; event_bus=None; storage_path=None; "
        "loop_config=None; judges=None"
    ),
    f"{_EXECUTOR}.execute": "graph; goal=None; input_data=None; session_state=None; checkpoint_config=None",
    f"{_EXECUTOR}.register_node": "node_id; implementation",
    f"{_EXECUTOR}.register_function": "node_id; function",
    f"{_EXECUTOR}.request_pause": "",
    f"{_REGISTRY}.register": "name; tool; executor",
    f"{_REGISTRY}.register_function": "fn; name=None; description=None",
    f"{_REGISTRY}.discover_from_module": "path_or_module",
    f"{_REGISTRY}.load_mcp_config": "path",
    f"{_REGISTRY}.register_mcp_server": "config",
    f"{_REGISTRY}.get_tools": "",
    f"{_REGISTRY}.get_executor": "",
    f"{_REGISTRY}.has_tool": "name",
    f"{_REGISTRY}.set_session_context": "context",
    f"{_REGISTRY}.cleanup": "",
    f"{_RUNNER}.load": "path; model=None; storage_path=None; llm=None",
    f"{_RUNNER}.run": "input_data=None; session_state=None",
    f"{_RUNNER}.start": "",
    f"{_RUNNER}.stop": "",
    f"{_RUNNER}.trigger": "entry_point_id='default'; input_data=None; correlation_id=None",
    f"{_RUNNER}.info": "",
    f"{_RUNNER}.validate": "",
    "framework.runtime.core:Runtime": "storage_path=None",
    "framework.graph.safe_eval:safe_eval": "expr; names",
    "framework.graph:EventLoopNode": "judge=None",
    "framework.graph:EventLoopNode.inject_event": "content",
    "framework.graph:SchemaJudge": "model",
    "framework.graph:JudgeProtocol.evaluate": "context",
    "framework.graph:NodeProtocol.execute": "ctx",
    "framework.graph:GraphSpec.validate": "",
    "framework.llm:ScriptedProvider": "script; model='scripted'",
    "framework.llm:LiteLLMProvider": "model; api_key=None; api_base=None",
    "framework.llm:MockLLMProvider": "model='mock'",
    "framework.llm:LLMProvider.stream": "request",
    f"{_BUS}.publish": "event",
    "framework.runtime.agent_runtime:create_agent_runtime": (
        "graph; goal; storage_path; entry_points; llm=None; tools=None; tool_executor=None; config=None; "
        "checkpoint_config=None; judges=None"
    ),
    f"{_RUNTIME}.start": "",
    f"{_RUNTIME}.stop": "",
    f"{_RUNTIME}.trigger": "entry_point_id; input_data=None; correlation_id=None; session_state=None",
    f"{_RUNTIME}.trigger_and_wait": "entry_point_id; input_data=None; timeout=None",
    f"{_RUNTIME}.inject_input": "node_id; content",
    f"{_RUNTIME}.cancel_execution": "run_id",
    f"{_RUNTIME}.get_goal_progress": "",
    f"{_RUNTIME}.get_execution_result": "run_id",
    f"{_RUNTIME}.register_entry_point": "spec",
    f"{_RUNTIME}.unregister_entry_point": "entry_point_id",
    f"{_RUNTIME}.subscribe_to_events": "event_types; handler",
    f"{_RUNTIME}.unsubscribe_from_events": "subscription_id",
    f"{_RUNTIME}.get_stats": "",
    _STORE: "base_path; run_id=None; node_id=None",
    f"{_STORE}.read_parts": "",
    f"{_STORE}.read_meta": "",
    f"{_STORE}.read_cursor": "",
    f"{_STORE}.close": "",
}

FIELDS = {
    "framework.graph:SuccessCriterion": ("id; description=''; metric='llm_judge'; target=None; weight=1.0"),
    "framework.graph:Constraint": "id; description=''; constraint_type='soft'; category=''; check=''",
    "framework.graph:Goal": (
        "id; name=''; description=''; status='draft'; success_criteria=[]; constraints=[]; context={}; "
        "input_schema={}; output_schema={}; version='1.0.0'; parent_version=None; evolution_reason=None"
    ),
    "framework.graph:NodeSpec": (
        "id; name=''; description=''; node_type='event_loop'; input_keys=[]; output_keys=[]; "
        "nullable_output_keys=[]; input_schema={}; output_schema={}; output_model=None; system_prompt=''; "
        "tools=[]; model=None; function=None; max_retries=3; retry_on=[]; max_node_visits=1; "
        "client_facing=False; success_criteria=None; judge=None"
    ),
    "framework.graph:EdgeSpec": (
        "id; source; target; condition='always'; condition_expr=None; input_mapping={}; priority=0"
    ),
    "framework.graph.edge:GraphSpec": (
        "id; goal_id=''; version='1.0.0'; entry_node=''; entry_points={}; terminal_nodes=[]; "
        "pause_nodes=[]; nodes=[]; edges=[]; default_model=''; max_tokens=4096; max_steps=100; "
        "conversation_mode='continuous'; identity_prompt=''; description=''"
    ),
    "framework.graph:LoopConfig": (
        "max_iterations=50; max_tool_calls_per_turn=10; tool_call_overflow_margin=0.5; "
        "stall_detection_threshold=3; max_history_tokens=32000; max_tool_result_chars=3000; "
        "tool_timeout_s=60; client_turns='boundary'"
    ),
    "framework.graph.executor:ExecutionResult": (
        "success; output={}; error=None; steps_executed=0; total_tokens=0; total_cost_usd=0.0; "
        "total_latency_ms=0; path=[]; paused_at=None; session_state={}; total_retries=0; "
        "nodes_with_failures=[]; retry_details={}; had_partial_failures=False; execution_quality='clean'; "
        "node_visit_counts={}"
    ),
    "framework.graph.executor:ParallelExecutionConfig": (
        "on_branch_failure='fail_all'; branch_timeout_seconds=None"
    ),
    "framework.runtime.execution_stream:EntryPointSpec": (
        "id; name; entry_node; trigger_type; trigger_config={}; isolation_level='shared'; priority=0; "
        "max_concurrent=10"
    ),
    "framework.graph:NodeResult": "success; output={}; error=None",
    "framework.graph:JudgeVerdict": "action; feedback=''",
    "framework.config:RuntimeConfig": (
        "model='local/smollm2'; temperature=0.7; max_tokens=4096; api_key=None; api_base=None"
    ),
    "framework.llm:LLMResponse": ("content=''; tool_calls=(); model=''; input_tokens=0; output_tokens=0"),
    "framework.llm:Tool": "name; description=''; parameters={'type': 'object', 'properties': {}}",
    "framework.llm:ToolUse": "id; name; input",
    "framework.llm:ToolResult": "tool_use_id; content; is_error=False",
    "framework.llm:TextDeltaEvent": "content; snapshot=''",
    "framework.llm:TextEndEvent": "full_text",
    "framework.llm:ToolCallEvent": "tool_use_id; tool_name; tool_input={}",
    "framework.llm:ToolResultEvent": "tool_use_id; content; is_error=False",
    "framework.llm:ReasoningDeltaEvent": "content",
    "framework.llm:FinishEvent": "stop_reason='stop'; input_tokens=0; output_tokens=0",
    "framework.llm:StreamErrorEvent": "error; recoverable=False",
}
