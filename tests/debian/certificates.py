"""A private certificate authority, made with openssl."""

import subprocess
from pathlib import Path

import attrs

from debian.processes import User, program


@attrs.frozen
class Authority:
    """An authority that signs what it is asked to; files lie in its folder."""

    folder: Path

    @classmethod
    def found(cls, folder: Path) -> "Authority":
        """Make a new one."""
        made = cls(folder)
        made._openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"),
            *("-subj", "/CN=private CA", "-keyout", "ca.key", "-out", "ca.pem"),
        )
        return made

    @property
    def certificate(self) -> Path:
        """What clients have to trust."""
        return self.folder / "ca.pem"

    def issue(self, name: str, *, alternative: str = "", user: User | None = None, days: int = 2) -> tuple[Path, Path]:
        """Sign a certificate for a host's name; give its file and that of its key, which is the user's alone.

        `alternative` is more of the subject, for example "IP:127.0.0.1"; with `days` of -1 it has expired.
        """
        file = name.replace("*", "any")
        (self.folder / f"{file}.ext").write_text(
            f"subjectAltName=DNS:{name}{',' + alternative if alternative else ''}\n"
        )
        self._openssl(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}"),
            *("-keyout", f"{file}.key", "-out", f"{file}.csr"),
        )
        self._openssl(
            *("x509", "-req", "-in", f"{file}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
            *("-days", str(days), "-extfile", f"{file}.ext", "-out", f"{file}.pem"),
        )
        key = self.folder / f"{file}.key"
        key.chmod(0o600)
        if user is not None:
            user.own(key)
        return self.folder / f"{file}.pem", key

    def _openssl(self, *arguments: str) -> None:
        done = subprocess.run(
            [program("openssl"), *arguments], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
