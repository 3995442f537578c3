"""`check-config --connect`: tries everything that a run would need, changes nothing, and reports what would happen.

Tested in tests/servers/test_check_config.py
"""

from thesetd.app.checking.everything import check_everything
from thesetd.app.checking.findings import Finding, FindingVerdict, outcome

__all__ = ["Finding", "FindingVerdict", "check_everything", "outcome"]
