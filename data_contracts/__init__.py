"""What a department promises, and what happens to a delivery that does not keep the promise.

A feed is one file type from one department, described by one contract (:mod:`data_contracts.odcs`). Files
arrive with a manifest (:mod:`data_contracts.arrival`), are read as the contract says
(:mod:`data_contracts.readers`), checked (:mod:`data_contracts.expectations`) and judged
(:mod:`data_contracts.gate`); what is accepted goes to the append-only lake (:mod:`data_contracts.lake`).

Nothing in this package asks the clock: the time a fact became known is the manifest's ``received_at``.
"""
