"""Examples for the description, one per operation and body. Every number and id is made up."""

from typing import Any

_NIGHT = "2026-03-09"
_HOUSEHOLD = "h_7c2e51"
_ALERT = "0c8c9f3e-5a0f-5d8e-9a1c-0d7f6f1f2a3b"
_MOMENT = "2026-03-09T02:10:31Z"
_HEADER = {
    "as_of_date": _NIGHT,
    "data_until": "2026-03-08",
    "grid_id": "g1",
    "grid_name": "第一网格",
    "role": "grid_worker",
    "role_title": "网格员",
    "capacity": 3,
    "entries": 1,
    "households_considered": 412,
    "late_feeds": [],
    "notices": ["数据截至 2026-03-08"],
}
_BAND = {"code": "orange", "word": "橙", "shape": "◆"}
_REASON = {"text": "水电气热欠费", "dated": "2026-02-20", "when": "2026-02-20"}
_ENTRY = {
    "rank": 1,
    "alert_id": _ALERT,
    "household_id": _HOUSEHOLD,
    "band": _BAND,
    "due": "2026-03-16T18:00",
    "reasons": [_REASON],
    "uncertainty": "近期收入不明",
    "ask": ["有没有欠费?"],
    "data_until": "2026-03-08",
}
_LIST = {"header": _HEADER, "entries": [_ENTRY]}
_PROBLEM_KIND = {
    "type": "/v1/problems/not-found",
    "status": 404,
    "title": "Not Found",
    "to_do": "there is no such list, household or alert",
}
_CASE_ID = "6a0f3b1d-2b0c-5f8e-8d4b-1f2e3d4c5b6a"
_RECEIPT = {
    "outcome_id": "5b6f7a52-1c58-4a43-9b1e-0f3f2f6e1a11",
    "recorded_at": _MOMENT,
    "state": "accepted",
    "case_id": _CASE_ID,
    "case_version": 2,
    "clash": None,
}
_CASE = {
    "case_id": _CASE_ID,
    "household_id": _HOUSEHOLD,
    "grid_id": "g1",
    "level": "grid",
    "role": "grid_worker",
    "assigned_to": None,
    "clock": "normal",
    "state": "open",
    "opened_at": _MOMENT,
    "due_at": "2026-03-16T10:00:00Z",
    "due_is_provisional": False,
    "repeats": 0,
    "version": 2,
    "alert_id": _ALERT,
    "band": "orange",
    "closed_because": None,
}
_ATTEMPT = {
    "attempt_id": "8d2b4f0e-3c53-4c6b-8a80-6b1d3c9f0a12",
    "recorded_at": _MOMENT,
    "state": "accepted",
    "reason": None,
    "case_version": 2,
}
_OBJECTION = {
    "objection_id": "d4a1f7c2-0b5e-4d0f-9c59-2f6f5a3b7c21",
    "household_id": _HOUSEHOLD,
    "ground": "automated_listing",
    "state": "recorded",
    "recorded_at": _MOMENT,
    "decided_at": None,
    "withdrawn_at": None,
}
_INTAKE = {
    "intake_id": "1f6b3a9e-5d2c-4e7f-8a90-3c4d5e6f7a31",
    "recorded_at": _MOMENT,
    "entered": "opened",
    "case_id": _CASE_ID,
}
_RESULTS = {
    "helped": 45,
    "gap": 15,
    "no_need": 60,
    "refused": 10,
    "unreached": 20,
    "waiting": 50,
}
_LINE = {
    "line": "all",
    "alerts": 200,
    "reached": 130,
    "confirmed": 60,
    "results": _RESULTS,
    "share": 0.462,
    "interval": [0.378, 0.547],
}
_STEADY = {
    "name": "score",
    "title": "log-odds of the champion",
    "group": "score",
    "psi": 0.03,
    "missing_then": 0.0,
    "missing_now": 0.0,
    "verdict": "steady",
    "reasons": [],
}

VALUES: dict[str, object] = {
    "as_of_date": _NIGHT,
    "grid_id": "g1",
    "household_id": _HOUSEHOLD,
    "alert_id": _ALERT,
    "name": "not-found",
    "limit": 20,
    "Idempotency-Key": "ask-20260309-0001",
}
"""Examples of parameters, by name."""

BODIES: dict[str, dict[str, Any]] = {
    "post_outcome": {
        "outcome_id": "5b6f7a52-1c58-4a43-9b1e-0f3f2f6e1a11",
        "visited_on": _NIGHT,
        "finding": "need_aid_started",
        "needs": ["cash"],
    },
    "post_attempt": {
        "attempt_id": "8d2b4f0e-3c53-4c6b-8a80-6b1d3c9f0a12",
        "channel": "phone",
        "result": "no_answer",
        "evidence": "call_log",
    },
    "post_reassignment": {"to_worker": "w18", "reason": "absent", "base_version": None},
    "post_search": {"reason": "empty_home", "base_version": None},
    "post_search_decision": {"decision": "continue", "place": None, "base_version": None},
    "post_escalation": {"reason": "needs_level_above", "base_version": None},
    "post_closing": {"reason": "helped_otherwise", "base_version": None},
    "post_intake_finding": {"household_id": None, "finding": "need_aid_started", "needs": ["cash"]},
    "post_objection": {
        "objection_id": "d4a1f7c2-0b5e-4d0f-9c59-2f6f5a3b7c21",
        "ground": "automated_listing",
    },
    "post_intake": {
        "intake_id": "1f6b3a9e-5d2c-4e7f-8a90-3c4d5e6f7a31",
        "channel": "hotline",
        "came_on": _NIGHT,
        "grid_id": "g1",
    },
    "post_objection_decision": {"upheld": True, "reason": "家庭不愿被自动列入走访名单"},
}
"""Examples of bodies, by operation."""

ANSWERS: dict[str, dict[str, dict[str, Any]]] = {
    "get_me": {
        "200": {
            "worker_id": "w17",
            "role": "grid_worker",
            "memberships": [{"role": "grid_worker", "level": "grid", "place_id": "g1"}],
            "today": _NIGHT,
        }
    },
    "get_my_list": {"200": {"as_of_date": _NIGHT, "lists": [_LIST], "next": None}},
    "get_lists": {"200": {"lists": [_HEADER], "next": None}},
    "get_list": {"200": {"lists": [_LIST]}},
    "get_reasons": {
        "200": {
            name: _ENTRY[name]
            for name in (
                "household_id",
                "alert_id",
                "band",
                "reasons",
                "uncertainty",
                "ask",
                "data_until",
            )
        }
    },
    "get_explain": {
        "200": {
            "household_id": _HOUSEHOLD,
            "as_of_date": _NIGHT,
            "data_until": "2026-03-08",
            "region": "cn.default",
            "purpose": "按已掌握的数据推算，只供核对，不是认定结论，不得用于停发待遇。",
            "rules": [],
            "duties": [],
        }
    },
    "post_outcome": {"201": _RECEIPT, "200": _RECEIPT},
    "get_waiting": {
        "200": {
            "at": _MOMENT,
            "tables": {
                "all": [{"line": "all", "cases": 120, "overdue": 20, "unreached": 45}],
                "place_clock": [{"line": "s1/red", "cases": 40, "overdue": None, "unreached": 15}],
            },
        }
    },
    "get_never_scored": {
        "200": {
            "as_of_date": _NIGHT,
            "tables": {
                "all": [{"line": "all", "households": 85}],
                "place_why": [{"line": "s1/unregistered_dwelling", "households": None}],
            },
        }
    },
    "get_workload": {
        "200": {
            "since": "2026-02-09",
            "until": _NIGHT,
            "tables": {
                "role": [
                    {
                        "line": "grid_worker",
                        "capacity": 400,
                        "listed": 380,
                        "answered": 300,
                        "load": 0.95,
                    }
                ]
            },
        }
    },
    "get_model_health": {
        "200": {
            "champion": {
                "artefact_id": "3f9a0c52",
                "name": "hardship",
                "kind": "lightgbm",
                "data_until": "2025-06-01",
                "promoted_at": "2025-12-15T10:00:00+08:00",
                "promoted_by": "chen",
                "reason": "every condition holds",
                "is_rollback": False,
            },
            "challengers": [],
            "decision": {
                "kind": "refusal",
                "at": "2026-03-01T10:00:00+08:00",
                "by": "chen",
                "artefact_id": "77ab10ce",
                "verdict": "NOT YET",
                "said": "NOT YET: shadow cannot be told",
                "conditions": [
                    {"name": "shadow", "answer": "cannot tell", "reasons": ["9 of 14 nights"]}
                ],
                "waivers": [],
            },
            "drift": {
                "as_of_date": _NIGHT,
                "against": "2025-06-01",
                "champion": "3f9a0c52",
                "households": 1000,
                "score": _STEADY,
                "features": [
                    {
                        **_STEADY,
                        "name": "utility_unpaid_bills_365d",
                        "title": "unpaid bills within a year",
                        "group": "utilities",
                        "psi": 0.24,
                        "verdict": "warn",
                        "reasons": ["PSI 0.24 is above 0.2"],
                    }
                ],
            },
            "problems": [],
            "links": {"mlflow": "https://mlflow.city.example"},
        }
    },
    "get_notices": {
        "200": {
            "notices": [
                {
                    "notice_id": "a2c1b9d0-7f1e-4a31-8a55-55d1c6b0a001",
                    "kind": "many_households",
                    "worker_id": "w17",
                    "at": _MOMENT,
                }
            ],
            "next": None,
        }
    },
    "get_runs": {
        "200": {
            "runs": [
                {
                    "run_id": "3f1de8a6-64a5-4c30-9d5c-0a3c1f7e9b10",
                    "as_of_date": _NIGHT,
                    "attempt": 1,
                    "state": "finished",
                    "started_at": "2026-03-08T18:00:00Z",
                    "finished_at": _MOMENT,
                }
            ],
            "next": None,
        }
    },
    "get_freshness": {
        "200": {
            "as_of_date": _NIGHT,
            "data_until": "2026-03-08",
            "published_at": _MOMENT,
            "late_feeds": [
                {
                    "feed": "utility_bills",
                    "department": "水电气",
                    "last_received_on": "2026-01-12",
                    "refused": False,
                }
            ],
            "degraded_feeds": [],
        }
    },
    "get_household": {
        "200": {
            "household_id": _HOUSEHOLD,
            "grid_id": "g1",
            "people": ["2口人同住", "家中只有老人"],
            "now": _ENTRY | {"as_of_date": _NIGHT},
            "earlier": [],
            "case": _CASE,
            "timeline": [
                {
                    "at": _MOMENT,
                    "kind": "attempted",
                    "case_id": _CASE_ID,
                    "version": 2,
                    "told": {"channel": "phone", "result": "no_answer", "is_met": False},
                }
            ],
            "tasks": [{"task": "visit", "due_at": "2026-03-16T10:00:00Z"}],
            "objections": [],
            "suggestions": [],
        }
    },
    "get_standing": {
        "200": {
            "household_id": _HOUSEHOLD,
            "as_of_date": _NIGHT,
            "data_until": "2026-03-08",
            "band": "orange",
            "decision": "alert",
            "why": "ranked",
            "reasons": [_REASON],
        }
    },
    "get_catalogue": {
        "200": {
            "entries": [
                {
                    "id": "wheelchair_loan",
                    "type": "package",
                    "kind": "tailored",
                    "title": "轮椅借用",
                    "needs": ["care"],
                    "contents": ["轮椅", "上门指导"],
                    "ask_at": "街道残联",
                    "source": "made up",
                }
            ]
        }
    },
    "post_intake": {"201": _INTAKE, "200": _INTAKE},
    "get_cases": {"200": {"cases": [_CASE], "next": None}},
    "get_case": {"200": _CASE},
    "post_attempt": {"201": _ATTEMPT, "200": _ATTEMPT},
    "post_reassignment": {"200": _CASE | {"assigned_to": "w18", "version": 3}},
    "post_search": {"200": _CASE | {"state": "searching"}},
    "post_search_decision": {"200": _CASE},
    "post_escalation": {"200": _CASE | {"level": "street", "version": 3}},
    "post_closing": {"200": _CASE | {"state": "closed"}},
    "post_intake_finding": {
        "201": {
            "intake_id": "1f6b3a9e-5d2c-4e7f-8a90-3c4d5e6f7a31",
            "version": 2,
            "entered": "opened",
            "case_id": _CASE_ID,
        }
    },
    "get_objections": {"200": {"objections": [_OBJECTION]}},
    "post_objection": {"201": _OBJECTION},
    "post_objection_decision": {
        "200": _OBJECTION | {"state": "upheld", "decided_at": "2026-03-10T01:00:00Z"}
    },
    "post_objection_withdrawal": {"200": _OBJECTION | {"withdrawn_at": "2026-03-10T01:00:00Z"}},
    "get_aggregates": {
        "200": {
            "month": "2026-03-01",
            "tables": {"all": [_LINE]},
            "days_to_visit": {"orange": 4, "red": None},
        }
    },
    "get_problems": {"200": {"problems": [_PROBLEM_KIND]}},
    "get_problem": {"200": _PROBLEM_KIND},
    "get_health": {
        "200": {
            "status": "ok",
            "last_publication": {
                "as_of_date": _NIGHT,
                "published_at": _MOMENT,
                "data_until": "2026-03-08",
                "late_feeds": [],
            },
        }
    },
}
"""Examples of answers, by operation and status."""
