"""Who may watch a live room: whoever may see the rows of patients from which its scene was drawn."""

from collections.abc import Callable

from starlette.types import Scope

from pages.live.rooms import Room, Scene
from pages.shared import identity, registries
from plro_core.access import AccessProblem, Right, is_public
from plro_core.problems import RegistryProblem
from plro_core.store import current_version


def may_watch(scope: Scope, scene: Scene) -> bool:
    """Whether a request is of somebody who may see what a scene shows, of each registry that it is drawn from."""
    if not identity.configured():
        return True
    try:
        asking = identity.of_request(scope)
        if asking is None or not _may_see(asking.name, scene.registry, scene.version):
            return False
        return all(_may_see(asking.name, name) for name in _beside(scene))
    except (identity.Forged, AccessProblem, RegistryProblem):
        return False


def _beside(scene: Scene) -> list[str]:
    """The registries whose patients a scene compares with those of its own."""
    return [text for key, text in scene.view if key.removesuffix("-") == "beside" and text in registries.served()]


def _may_see(person: str, name: str, version: str = "") -> bool:
    """Whether somebody may see all rows of a version of a served registry, else of the one that is published.

    Raises:
        AccessProblem, RegistryProblem: nobody can say.
    """
    folder = registries.served().get(name)
    if folder is None:  # of a registry that is not served any more nobody knows who may see it
        return False
    found = registries.access_of(folder).visitor(person)
    if found.may(Right.ROWS):
        return found.centre is None  # a scene is drawn of all patients
    return is_public(registries.load(str(folder), version or current_version(folder)))


def allowed(scope: Scope, read: Callable[[str], Room | None]) -> Callable[[str], Room | None]:
    """Reads rooms for a request: one that may not be watched, at any of its steps, is as one that is not there."""

    def of_code(code: str) -> Room | None:
        room = read(code)
        return room if room is not None and may_watch(scope, room.scene) else None

    return of_code
