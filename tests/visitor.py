"""A visitor of the Decode page without a browser: the WebSocket session that one has, speaking Streamlit's protocol."""

import asyncio
import base64
import json
from typing import NamedTuple

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

PLANE = "latent_plane_plane"
FINISHED = {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY}
PAST = "This place in training"  # the tab whose pictures Python decodes, for every click
PATIENCE = 60.0  # seconds for one run of the script


class VisitError(Exception):
    """What a visitor would have seen as an error."""


class Answer(NamedTuple):
    """What a run of the script brought. pictures: of the place's past, as PNGs, the newest epoch last."""

    pin: tuple[float, float] | None
    pictures: list[bytes]
    n_bytes: int


class Visitor:
    """One session: open the page, click, leave. It sends what a browser was seen to send, and nothing else."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket: ClientConnection | None = None
        self._page = BackMsg()  # where this visitor is, as every message says it
        self._widgets: dict[str, WidgetState] = {}
        self._plane = ""  # the id of the plane
        self._payload = ""  # the key of what it shows
        self._n_clicks = 0
        self._tabs = ""  # the id of the choice among the tabs
        self._known: set[str] = set()  # hashes of the messages that a browser holds

    async def open(self) -> Answer:
        """Open the Decode page; returns when its script has run."""
        stream = f"{self.address.replace('http', 'ws', 1)}/_stcore/stream"
        self._socket = await connect(stream, subprotocols=["streamlit"], max_size=None, compression=None)
        run = self._page.rerun_script
        run.page_name = "Decode"
        run.context_info.url = f"{self.address}/Decode"
        run.context_info.timezone = "UTC"
        run.context_info.locale = "en-US"
        run.context_info.color_scheme = "light"
        answer = await self._run(self._page)
        run.page_name = ""  # from here on, the page goes by the hash that the server gave it
        return answer

    async def choose_tab(self, label: str) -> Answer:
        """Look at another tab below the plane; returns when the script has run."""
        self._widgets[self._tabs] = WidgetState(id=self._tabs, string_value=label)
        return await self._run(self._message())

    async def click(self, place: tuple[float, float]) -> Answer:
        """Click on a place of the plane; returns when the script has run."""
        self._n_clicks += 1
        state = {"clicked": {"z": list(place), "id": self._n_clicks, "has": self._payload}}
        self._widgets[self._plane] = WidgetState(id=self._plane, json_value=json.dumps(state))
        return await self._run(self._message())

    async def leave(self) -> None:
        await self._socket.close()

    def _message(self) -> BackMsg:
        """What every message says: where this visitor is, what the widgets show, what need not be sent again."""
        message = BackMsg()
        message.CopyFrom(self._page)
        message.rerun_script.widget_states.widgets.extend(self._widgets.values())
        message.rerun_script.cached_message_hashes.extend(self._known)
        return message

    async def _run(self, message: BackMsg) -> Answer:
        async with asyncio.timeout(PATIENCE):
            await self._socket.send(message.SerializeToString())
            pin, pictures, n_bytes = None, [], 0
            while True:
                content = await self._socket.recv()
                n_bytes += len(content)
                received = ForwardMsg.FromString(content)
                kind = received.WhichOneof("type")
                if received.metadata.cacheable and kind != "ref_hash":
                    self._known.add(received.hash)
                if kind == "navigation":
                    self._page.rerun_script.page_script_hash = received.navigation.page_script_hash
                elif kind == "page_info_changed":
                    self._page.rerun_script.query_string = received.page_info_changed.query_string
                elif kind == "delta" and received.delta.add_block.tab_container.id:
                    self._tabs = received.delta.add_block.tab_container.id
                elif kind == "delta" and received.delta.WhichOneof("type") == "new_element":
                    element = received.delta.new_element
                    self._remember(element, received.delta.fragment_id)
                    if element.bidi_component.component_name == PLANE:
                        message = json.loads(_state(element.bidi_component))
                        pin, self._payload = message["pin"], message["payload"]
                    pictures += [base64.b64decode(picture.url.partition(",")[2]) for picture in element.imgs.imgs]
                elif kind == "script_finished":
                    if received.script_finished not in FINISHED:
                        raise VisitError(ForwardMsg.ScriptFinishedStatus.Name(received.script_finished))
                    return Answer(pin and tuple(pin), pictures, n_bytes)

    def _remember(self, element, fragment_id: str) -> None:
        """What a browser keeps of an element in order to answer: widgets with their values, the plane's name."""
        if element.HasField("exception"):
            raise VisitError(element.exception.message)
        if element.HasField("alert") and element.alert.format == element.alert.ERROR:
            raise VisitError(element.alert.body)
        if element.HasField("selectbox"):
            box = element.selectbox
            self._widgets[box.id] = WidgetState(id=box.id, string_value=box.raw_value or box.options[box.default])
        elif element.HasField("slider"):
            state = WidgetState(id=element.slider.id)
            state.string_array_value.data.extend(element.slider.raw_value)
            self._widgets[element.slider.id] = state
        elif element.bidi_component.component_name == PLANE:
            self._page.rerun_script.fragment_id = fragment_id
            self._plane = element.bidi_component.id


def _state(component) -> str:
    return component.json or component.mixed.json
