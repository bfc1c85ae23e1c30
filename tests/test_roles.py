"""Each role does what it may and nothing else, whatever a browser sends: the server looks when something is done."""

import ast
import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.live import live
from pages.live.here import rooms
from pages.shared import desk, downloads, identity, registries, visitor
from pages.shared.identity import Identity
from plro_core import access, handover, journal, store, views
from plro_core.access import Right, RightProblem, Role
from plro_core.handover import VersionMetadata, prepare, read_handed, told_apart
from plro_core.intake import File
from plro_core.intake.redcap.writer import dictionary_csv, export_csv
from plro_core.preview import held_tables
from plro_core.problems import RegistryProblem
from plro_core.store import current_version, history, only_with, open_registry
from tests.foreign_registries import one, twelve
from tests.test_pages import opened, words
from tests.test_registry_page import button, handed

NAME = "a.name@clinic.example"
ROLES = (None, *Role)
RANK = {role: rank for rank, role in enumerate(ROLES)}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry of one patient with two versions before the present one's draft, somebody else's."""
    folder = one(tmp_path_factory.mktemp("registry") / "own")
    for version, vas, publish in (("2", 3, True), ("3", 4, False)):
        changed(folder, f"case_id,month,vas\n1,0,{vas}\n", "Ada", version, publish)
    return folder


def changed(folder: Path, visits: str, author: str, version: str, publish: bool) -> None:
    """Another version, with another pain score."""
    base, words = open_registry(folder), handover.words_for(folder)
    given = told_apart([File("visits.csv", visits.encode())], words)
    ready = prepare(read_handed(given, base, False, {}, None, words), base, words)
    assert ready
    handover.store_version(folder, ready, VersionMetadata(author, "changed", version=version), publish)


@pytest.fixture
def folder(begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    own = tmp_path / "own"
    shutil.copytree(begun, own)
    monkeypatch.setenv("PLRO_REGISTRY", str(own))
    return own


class Login:
    """Stands in for the login at its one seam; the rest is as it runs."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.person = folder, Identity(NAME)
        patch.setattr(identity, "way", lambda: "header")
        patch.setattr(identity, "of_session", lambda: self.person)

    def has(self, role: Role | None, more: str = "") -> None:
        """From now on the person has this role."""
        people = f'[people]\n"{NAME.upper()}" = "{role}"\n' if role else ""
        (self.folder / "access.toml").write_text(f"{more}\n{people}", encoding="utf-8")


@pytest.fixture
def login(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Login:
    return Login(folder, monkeypatch)


def part(name: str) -> AppTest:
    return opened("registry", part=name)


def chosen(app: AppTest, version: str) -> AppTest:
    return app.selectbox(key="one_version").set_value(version).run()


# What is done, each by the button that an admin sees: how it is reached, what shows that it was done, the right for it.


def _brought_in() -> AppTest:
    app = handed({"visits.csv": b"case_id,month,vas\n1,0,9\n"}, part("data"))
    for radio in app.radio:
        radio.set_value(radio.options[0])
    app.run()
    for box in app.checkbox:
        box.set_value(True)
    app.text_input(key="why").set_value("nine")
    return app.run()


def _named(app: AppTest) -> AppTest:
    app.text_input(key="view_name").set_value("A view")
    return app


def _with_a_view() -> AppTest:
    button(_named(opened("pain")), "Save this view").click().run()
    app = opened("pain")
    return app.selectbox(key="delete_view_name").select_index(0).run()


def _mapped() -> AppTest:
    registry = open_registry(_served())
    words, tables = registry.vocabulary, held_tables(registry)
    app = handed({"records.csv": export_csv(tables, words), "dictionary.csv": dictionary_csv(words)}, part("data"))
    app.text_input(key="keep_name").set_value("our-clinic")
    return app.run()


def _served() -> Path:
    return Path(os.environ["PLRO_REGISTRY"])


def _state(version: str) -> Callable[[Path], str]:
    return lambda folder: next((found.state for found in history(folder) if found.version == version), "gone")


def _in_the_trash() -> AppTest:
    store.discard(_served(), "3", "Ada", "thrown away")
    return part("history")


def _edited() -> AppTest:
    """What was accepted had another line, which whoever changes roles takes out."""
    folder = _served()
    file = folder / access.FILE
    now = file.read_bytes()
    file.write_bytes(now + b"# accepted\n")
    store.accept(folder, "Ada", "as it is")
    file.write_bytes(now)
    return part("history")


def _earlier() -> AppTest:
    folder = _served()
    store.release(folder, "3", "Ada", "looked at")
    return chosen(part("history"), "2")


def _journalled(what: str) -> Callable[[Path], object]:
    return lambda folder: [entry.who for entry in journal.read(folder) if entry.what == what]


ACTIONS: dict[str, tuple[Right, Callable[[], AppTest], str, Callable[[Path], object]]] = {
    "draft": (Right.CHANGE, _brought_in, "Keep as draft", lambda folder: len(history(folder))),
    "publish at once": (Right.PUBLISH, _brought_in, "Publish", current_version),
    "publish": (Right.PUBLISH, lambda: chosen(part("history"), "3"), "Publish this draft", current_version),
    "discard": (Right.PUBLISH, lambda: chosen(part("history"), "3"), "Discard it", _state("3")),
    "go back": (Right.PUBLISH, _earlier, "Go back to this version", current_version),
    "take out of the trash": (Right.PUBLISH, _in_the_trash, "Make it a draft again", _state("3")),
    "accept": (Right.MANAGE, _edited, "Accept as they are now", _journalled("accept")),
    "lead a room": (Right.ROWS, lambda: opened("pain"), "Share live", lambda folder: len(rooms()._rooms)),
    "export": (
        Right.CHANGE,
        lambda: part("export"),
        "Prepare the whole registry",
        lambda folder: [entry.who for entry in journal.read(folder) if entry.what == "export"],
    ),
    "keep a mapping": (
        Right.CHANGE,
        _mapped,
        "Keep",
        lambda folder: sorted(path.name for path in (folder / "mappings").glob("*.json")),
    ),
    "delete a view": (
        Right.CHANGE,
        _with_a_view,
        "Delete",
        lambda folder: len(views.read_views(folder, handover.words_for(folder))[0]),
    ),
    "save a view": (
        Right.CHANGE,
        lambda: _named(opened("pain")),
        "Save this view",
        lambda folder: len(views.read_views(folder, handover.words_for(folder))[0]),
    ),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_done_needs_its_right_when_it_is_done(
    action: str, role: Role | None, folder: Path, login: Login
) -> None:
    """The page was drawn for an admin, whose role was then taken away: a forged click sends no more."""
    right, reached, label, shown = ACTIONS[action]
    login.has(Role.ADMIN)
    app = reached()
    before = shown(folder)
    login.has(role)
    button(app, label).click().run()
    assert not app.exception
    may = role is not None and RANK[role] >= RANK[Role.ADMIN] - (4 - list(Right).index(right))
    assert (shown(folder) != before) is may, words(app)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_offered_what_it_may(role: Role | None, folder: Path, login: Login) -> None:
    login.has(role)
    rank = RANK[role]
    app = opened("patients")
    seen = words(app)
    assert ("Patient 1" in seen) is (rank >= RANK[Role.TEAM])
    assert ("you may not look at this registry" in seen) is (rank == 0)
    data = part("data")
    assert bool(data.get("file_uploader")) is (rank >= RANK[Role.TEAM])  # a team has that of saved views
    assert ("1. Which files?" in words(data)) is (rank >= RANK[Role.EDITOR])
    moves = chosen(part("history"), "3") if rank >= RANK[Role.TEAM] else part("history")
    assert ("Publish this draft" in [found.label for found in moves.button]) is (rank >= RANK[Role.PUBLISHER])


@pytest.mark.parametrize("page", ["overview", "patients", "compare", "claims", "registry", "dictionary", "tables"])
def test_a_viewer_gets_no_ordinary_page_at_any_address(page: str, folder: Path, login: Login) -> None:
    login.has(Role.VIEWER)
    app = opened(page, patient="1", present="pain_ribbon", room="ABCDEF", version="3")
    assert not app.exception
    assert not app.get("download_button")
    assert "Patient 1" not in words(app)
    assert not [key for key in (element.key for element in app.button) if key and key.startswith("share_live")]


def test_nobody_is_shown_anything_before_he_logs_in(login: Login) -> None:
    login.has(Role.ADMIN)
    login.person = None  # type: ignore[assignment]
    for page in ("overview", "registry", "dictionary"):
        app = opened(page)
        assert words(app).strip().endswith("This registry is open to those who log in.")
        assert not app.button


def test_a_file_of_roles_at_fault_shuts_everybody_out_and_says_why(folder: Path, login: Login) -> None:
    login.has(Role.ADMIN, "smallest_cell = 1")
    app = opened("pain")
    assert "access.toml: “smallest_cell” is “1”" in words(app)
    assert not app.get("plotly_chart")


def test_the_journal_names_who_is_logged_in_whatever_is_typed(folder: Path, login: Login) -> None:
    login.has(Role.ADMIN)
    app = chosen(part("history"), "3")
    assert not [field for field in app.text_input if field.key == "who"]
    app.session_state["who"] = "Somebody else"
    app.session_state["registry_who"] = "Somebody else"
    button(app, "Publish this draft").click().run()
    assert journal.read(folder)[-1].who == NAME


def test_where_two_people_are_wanted_nobody_publishes_his_own_draft(folder: Path, login: Login) -> None:
    login.has(Role.ADMIN, "two_people = true")
    app = _brought_in()
    assert "Publish" not in [found.label for found in app.button]
    assert access.TWO_PEOPLE in words(app)
    button(app, "Keep as draft").click().run()
    mine = history(folder)[-1].version
    again = chosen(part("history"), mine)
    button(again, "Publish this draft").click().run()
    assert f"You made the draft {mine}." in words(again)
    assert current_version(folder) == "2"
    with pytest.raises(RightProblem):
        access.release(folder, mine, NAME.upper(), "as somebody else?")
    assert access.release(folder, mine, "Ada", "looked at").version == mine


@pytest.mark.parametrize("journal_is_there", [True, False])
def test_who_made_a_draft_is_known_whatever_became_of_the_journal(
    journal_is_there: bool, folder: Path, login: Login
) -> None:
    login.has(Role.ADMIN, "two_people = true")
    if not journal_is_there:
        (folder / journal.NAME).unlink()
    with pytest.raises(RightProblem, match="You made the draft 3"):
        access.release(folder, "3", " ADA ", "mine")
    first = next(found.version for found in history(folder) if found.version not in ("2", "3"))
    assert access.release(folder, first, "Ada", "published once, so anybody goes back to it").version == first


def test_one_person_publishes_alone_where_nothing_is_said(folder: Path, login: Login) -> None:
    login.has(Role.ADMIN)
    button(_brought_in(), "Publish").click().run()
    assert current_version(folder) not in ("2", "3")


def test_the_leader_of_a_room_is_who_is_logged_in(folder: Path, login: Login) -> None:
    login.has(Role.TEAM)
    app = opened("pain")
    assert not [field for field in app.text_input if field.key == "leader_name"]
    app.session_state["leader_name"] = "Somebody else"
    button(app, "Share live").click().run()
    code = re.search(r"Live room (\w{6})", words(app))
    room = rooms().read(code.group(1)) if code else None
    assert room is not None
    assert room.leader == NAME


@pytest.mark.parametrize("role", [None, Role.VIEWER])
def test_who_lost_the_right_to_rows_opens_no_room(role: Role | None, folder: Path, login: Login) -> None:
    """Not later either, when he has it again: what he clicked then was refused, and not kept."""
    login.has(Role.TEAM)
    app = opened("pain")
    login.has(role)
    button(app, "Share live").click().run()
    assert "Live room" not in words(app)
    login.has(Role.TEAM)
    app.run()
    assert not app.exception
    assert "Live room" not in words(app)


def test_what_changes_a_registry_looks_at_rights_in_its_own_callback() -> None:
    """Each function of the page that asks the store to change something asks first whether it may."""
    changing = (
        "store_version(",
        "access.release(",
        "store.discard(",
        "restore_draft(",
        "store.accept(",
        "keep_mapping(",
    )
    found = 0
    for path in sorted(Path("pages/parts/registry").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        for function in re.split(r"^def ", text, flags=re.MULTILINE)[1:]:
            asked = [call for call in changing if call in function]
            if asked:
                found += 1
                assert function.index("visitor.require(") < function.index(asked[0]), function.split("(")[0]
    assert found >= len(changing)
    assert not re.search(r"store\.release\(", "".join(path.read_text() for path in Path("pages").rglob("*.py")))
    assert store.release is not access.release


#: Clicks of the page that change the session alone; whoever may not bring data in is not shown what they led to.
OF_SESSION = {
    "_add",
    "_all",
    "_answer",
    "_ask",
    "_forget",
    "_keep_answer",
    "_look",
    "_move",
    "_open",
    "_out",
    "_put",
    "_remove",
    "_say_unit",
    "_set",
    "_stop",
    "_to_patients",
    "_to_values",
    "_use",
    "change",  # what is asked of a mapping, and goes on from the one in the session
    "forget",
    "go_back",
    "leave_out",
    "propose_anew",
    "said",
    "st.session_state.pop",
    "take",
    "undo",  # one of those above
    "words_draft.forget",
    "words_draft.take",
    "words_draft.take_back",
}


def test_every_click_on_the_registry_page_needs_a_right_or_changes_the_session_alone() -> None:
    """Whatever a button calls is known: by what it does first, or by name as one that writes nothing."""
    seen: set[str] = set()
    for path in sorted(Path("pages/parts/registry").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = {node.name: ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            given = {word.arg: word.value for word in call.keywords}
            if "on_click" not in given or ast.unparse(given["on_click"]) == "'ignore'":
                continue
            for act in _acts(given["on_click"], given.get("args")):
                seen.add(act)
                assert act in OF_SESSION or "visitor.require(" in functions[act], f"{path.name}: {act}"
                assert act not in OF_SESSION or "folder()" not in functions.get(act, ""), f"{path.name}: {act}"
    assert seen >= {*OF_SESSION, "_accept", "_discard", "_keep", "_prepare", "_release", "_restore", "_store"}


def _acts(click: ast.expr, args: ast.expr | None) -> list[str]:
    """The functions that a click comes to; ``_done`` does what it is given, ``_step`` names that in the lines that call it."""
    if isinstance(click, ast.Lambda):
        return [ast.unparse(click.body.func)] if isinstance(click.body, ast.Call) else [ast.unparse(click.body)]
    if ast.unparse(click) != "_done":
        return [ast.unparse(click)]
    assert isinstance(args, ast.Tuple)
    act = ast.unparse(args.elts[0])
    return [act] if act != "act" else ["_release", "_discard"]


# One centre alone


@pytest.fixture(scope="module")
def two_centres(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return twelve(tmp_path_factory.mktemp("registry") / "clinics")


def _of(folder: Path, centre: str) -> list[int]:
    return [row["case_id"] for row in open_registry(folder).records("FROM cases WHERE centre = ?", [centre])]


def test_the_patients_of_a_centre_are_a_registry_of_their_own(two_centres: Path) -> None:
    whole = open_registry(two_centres)
    parts = [only_with(whole, "centre", centre) for centre in ("north", "south")]
    assert len({whole.content, *(part.content for part in parts)}) == 3
    for part, centre in zip(parts, ("north", "south"), strict=True):
        mine = set(_of(two_centres, centre))
        assert 0 < len(mine) < whole.patients
        assert part.patients == len(mine)
        for name in part.tables:
            numbers = part.tables[name].column_names
            if "case_id" in numbers:
                assert set(part.tables[name]["case_id"].to_pylist()) <= mine
        keys = part.tables["provenance"]["key"].to_pylist()
        assert {int(key.split("/")[0]) for key in keys} == mine
    assert sum(part.visits for part in parts) <= whole.visits
    with pytest.raises(RegistryProblem, match="“east” is not a level of “centre”; expected"):
        only_with(whole, "centre", "east")
    with pytest.raises(RegistryProblem, match="declares no “site”"):
        only_with(whole, "site", "north")


@pytest.mark.parametrize("first", ["all", "north"])
def test_a_member_of_a_centre_sees_its_patients_and_no_other(
    first: str, two_centres: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "clinics"
    shutil.copytree(two_centres, own)
    monkeypatch.setenv("PLRO_REGISTRY", str(own))
    login = Login(own, monkeypatch)
    north, everybody = _of(own, "north"), open_registry(own).patients
    member = f'[people]\n"{NAME}" = {{ role = "team", centre = "north" }}\n'
    for who in (first, "north" if first == "all" else "all"):
        if who == "all":
            login.has(Role.TEAM)
            assert f"{everybody} patients" in words(opened("overview"))
            continue
        login.has(None, member)
        assert re.search(rf"\b{len(north)} patients", words(opened("overview")))
        assert f"{everybody} patients" not in words(opened("overview"))
        other = next(number for number in range(1, everybody + 1) if number not in north)
        assert f"Patient {other} is not in this registry." in words(opened("patients", patient=str(other)))
        assert f"Patient {north[0]}" in words(opened("patients", patient=str(north[0])))
        assert "your role is for “north” alone" in words(opened("registry", part="history"))
        assert not [found for found in opened("pain").button if found.label == "Share live"]
    login.has(None, member.replace("north", "east"))
    assert "“east” is not a level of “centre”" in words(opened("pain"))


def test_while_the_disk_is_away_roles_stay_as_they_were(folder: Path, login: Login) -> None:
    login.has(Role.TEAM)
    app = opened("pain")
    folder.rename(folder.with_name("away"))
    app.run()
    assert app.get("plotly_chart")
    folder.mkdir()  # where it was mounted
    assert opened("pain").get("plotly_chart") or "it held versions before" in words(opened("pain"))
    assert app.run().get("plotly_chart")
    shutil.rmtree(folder)
    folder.with_name("away").rename(folder)
    (folder / "access.toml").unlink()
    assert not app.run().get("plotly_chart")  # the folder is there, and names nobody


@pytest.mark.parametrize(
    ("drawn", "now", "needed", "given"),
    [
        ("team", "team", Right.ROWS, True),
        ("team", "viewer", Right.ROWS, False),
        ("team", "", Right.ROWS, False),
        ("team", 'team"\ncentre = "north', Right.ROWS, False),
        ("editor", "editor", Right.CHANGE, True),
        ("editor", "team", Right.CHANGE, False),
    ],
)
def test_a_file_is_given_to_whoever_may_have_it_when_he_clicks(
    drawn: str, now: str, needed: Right, given: bool, folder: Path, login: Login
) -> None:
    login.has(Role(drawn))
    registry, before = open_registry(folder), access.read_access(folder).visitor(NAME)
    login.has(None, f'[people."{NAME}"]\nrole = "{now}"\n' if now else "")
    if given:
        downloads.check_still(registry, before, needed)
    else:
        with pytest.raises(RightProblem, match="no longer take this away"):
            downloads.check_still(registry, before, needed)
    downloads.check_still(registry, None, needed)  # no login: this machine alone


@pytest.mark.parametrize("shown", [live._pulse, desk._desk])
@pytest.mark.parametrize("sees", [True, False])
def test_what_runs_without_the_frame_asks_for_the_right_itself(
    sees: bool, shown: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part of a page that looks for itself is not asked by the frame whether somebody may see it."""
    asked: list[str] = []
    monkeypatch.setattr(registries, "published_version", lambda: asked.append("version"))
    monkeypatch.setattr(desk, "desks", lambda: asked.append("desk"))
    monkeypatch.setattr(desk.st, "info", lambda _: None)
    for module in (visitor, live):
        monkeypatch.setattr(module, "sees_rows", lambda: sees)
    with suppress(AttributeError):  # there is no page around it, and no desk
        shown("2")
    assert bool(asked) is sees


def test_the_saved_views_of_the_whole_are_not_for_one_centre(
    two_centres: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "clinics"
    shutil.copytree(two_centres, own)
    monkeypatch.setenv("PLRO_REGISTRY", str(own))
    login = Login(own, monkeypatch)
    login.has(Role.EDITOR)
    button(_named(opened("pain")), "Save this view").click().run()
    assert "A view" in str([found.label for found in opened("pain").button])
    login.has(None, f'[people]\n"{NAME}" = {{ role = "team", centre = "north" }}\n')
    assert "A view" not in str([found.label for found in opened("pain").button])
