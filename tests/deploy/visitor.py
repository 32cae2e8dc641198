"""A visitor without a screen: one Streamlit session over a websocket, with the cookies that a browser would keep."""

import contextlib
from http.cookies import SimpleCookie

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from tests.deploy.front import Answer, fetch

FORM = (
    b'--edge\r\nContent-Disposition: form-data; name="file"; filename="data.csv"\r\nContent-Type: text/csv\r\n\r\n'
    b"%s\r\n--edge--\r\n"
)


class Visitor:
    """Comes to `url`, and keeps its cookies for as long as it lives."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies: dict[str, str] = {}
        self._open = contextlib.ExitStack()
        self.session = ""

    @property
    def replica(self) -> str | None:
        """The replica that the cookie names."""
        return self.cookies.get("backprop_replica")

    def _keep(self, said: list[str]) -> None:
        for line in said:
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}

    def _cookie(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}

    def get(self, path: str) -> Answer:
        """One page or slice."""
        answer = fetch(self.url + path, **self._cookie())
        self._keep(answer.headers.get_all("Set-Cookie", []))
        return answer

    def join(self, origin: str | None = None) -> None:
        """Open the websocket and wait for the session; as a page of `origin`, which is the visitor's own by default."""
        self.leave()
        self.get("/_stcore/health")  # where Streamlit gives out its token against forged uploads
        socket = self._open.enter_context(
            connect(
                f"ws{self.url.removeprefix('http')}/_stcore/stream",
                origin=Origin(origin or self.url),
                subprotocols=[Subprotocol("streamlit")],
                additional_headers=self._cookie(),
                max_size=None,
                max_queue=None,
            )
        )
        assert socket.response is not None
        self._keep(socket.response.headers.get_all("Set-Cookie"))
        message = BackMsg()
        message.rerun_script.query_string = ""
        socket.send(message.SerializeToString())
        while not self.session:
            forward = ForwardMsg()
            forward.ParseFromString(socket.recv(timeout=20))
            self.session = forward.new_session.initialize.session_id

    def upload(self, data: bytes, **cookies: str) -> int:
        """Send a file to the session; the status of the answer."""
        self.cookies |= cookies
        headers = {"Content_Type": "multipart/form-data; boundary=edge", "X_Xsrftoken": self.cookies["_streamlit_xsrf"]}
        path = f"/_stcore/upload_file/{self.session}/11111111-2222-3333-4444-555555555555"
        return fetch(self.url + path, "PUT", FORM % data, **headers, **self._cookie()).status

    def leave(self) -> None:
        """Hang up."""
        self._open.close()
        self.session = ""
