"""The sandbox images: built, checked, listed and pruned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codeeval import registry
from codeeval.config import load_settings
from codeeval.errors import SandboxError
from codeeval.languages import LANGUAGES, language
from codeeval.sandboxes import rootless
from codeeval.sandboxes.building import build as build_images
from codeeval.sandboxes.images import BuiltImage, catalogue, pull, tag
from codeeval.sandboxes.images import list_images as list_built
from codeeval.sandboxes.images import prune as remove_stale_images
from codeeval.sandboxes.unpacked import (
    UnpackedImage,
    export,
    images_folder,
    load_into_engine,
    unpack,
    unpacked,
)
from codeeval.sandboxes.unpacked import prune as remove_unpacked
from codeeval.session.doctor import check_language
from codeeval.session.sandboxes import choose_launcher, launch_options, open_pool
from codeeval.session.settings import SandboxSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from codeeval.session.doctor import SelfTestResult
    from codeeval.session.hooks import Notes

__all__ = [
    "build_images",
    "build_images_rootless",
    "check_languages",
    "export_image",
    "image_of",
    "import_image",
    "list_images",
    "prune_images",
    "pull_images",
]


def image_of(name: str) -> str:
    """Return the image that a name means: its own, or that of the language.

    Raises:
        UnknownName: there is no such image or language.
    """
    return LANGUAGES[name].image if name in LANGUAGES else catalogue().image(name).name


def build_images_rootless(
    names: Sequence[str],
    *,
    bootstrap_base: bool,
    ca_bundle: Path | None,
    log: Callable[[str], None],
    arguments: Mapping[str, str] | None = None,
    jobs: int = 1,
) -> list[BuiltImage]:
    """Build images into the user's cache, without an engine and without root, and start a sandbox of each.

    Args:
        names: images to build; all that packages make where none is named.
        bootstrap_base: take tools from Debian, too, that their authors' archives have.
        ca_bundle: certificates to trust inside, where a proxy intercepts TLS.
        log: receives the build's output, line by line.
        arguments: build arguments of their Dockerfiles.
        jobs: images built at once.

    Raises:
        UnknownName: no such image, or none of these images knows such an argument.
        SandboxError: bubblewrap, user namespaces or debootstrap are missing, or a step failed.
        StorageError: the cache cannot be written.
    """
    folder = images_folder(load_settings().cache_dir)
    built = rootless.build(
        names,
        folder,
        bootstrap=bootstrap_base,
        ca_bundle=ca_bundle,
        log=log,
        arguments=arguments,
        jobs=jobs,
    )
    launcher = registry.launcher("bubblewrap")
    stated = []
    for image in built:
        sandbox = launcher.launch(launch_options(image.name, SandboxSettings()))
        try:
            stated.append(msgspec.structs.replace(image, toolchain=dict(sandbox.toolchain)))
        finally:
            sandbox.close()
    return stated


def check_languages(names: Sequence[str], settings: SandboxSettings, notes: Notes) -> list[SelfTestResult]:
    """Run the self-tests of languages in real sandboxes.

    Args:
        names: the languages; none for every language whose image is built.
        settings: where programs are executed.
        notes: receives which languages cannot be checked here.

    Raises:
        UnknownName: no such language.
        SandboxError: no sandbox works here.
    """
    results = []
    for name in names or _built_languages(settings, notes):
        with open_pool((language(name).image,), settings, notes) as opened:
            results += check_language(language(name), opened.pool)
    return results


def _built_languages(settings: SandboxSettings, notes: Notes) -> list[str]:
    found = []
    for name, each in LANGUAGES.items():
        try:
            choose_launcher(each.image, settings)
        except SandboxError as error:
            notes(f"not checked: {name}: {error.message.splitlines()[-1].strip()}")
            continue
        found.append(name)
    if not found:
        raise SandboxError("no language can be checked here", "`codeeval doctor` reports what would help.")
    return found


def list_images() -> list[BuiltImage]:
    """Return all images: which of them the engine has, and which are unpacked here.

    Raises:
        SandboxError: no engine answers, and none is unpacked.
    """
    folder = images_folder(load_settings().cache_dir)
    here = {name for name in catalogue().images if unpacked(name, folder)}
    try:
        found = list_built()
    except SandboxError:
        if not here:
            raise
        known = catalogue().images.values()
        found = [
            BuiltImage(name=image.name, tag=tag(image.name), languages=image.languages, built=False)
            for image in known
        ]
    return [msgspec.structs.replace(image, unpacked=image.name in here) for image in found]


def export_image(name: str, out: Path) -> UnpackedImage:
    """Write an image that the engine has to a file, for machines without an engine.

    Args:
        name: an image or a language.
        out: the file.

    Raises:
        UnknownName: there is no such image or language.
        SandboxError: no engine answers, or the image is not built.
        StorageError: the file cannot be written.
    """
    return export(image_of(name), out)


def import_image(file: Path, *, engine: bool = False) -> UnpackedImage:
    """Unpack an image that ``export_image`` wrote into the user's cache, where bubblewrap finds it.

    Args:
        file: the archive.
        engine: load it into the container engine instead.

    Raises:
        DataError: the file is no such image, damaged, or of another version of codeeval.
        SandboxError: ``engine``, and none answers.
        StorageError: the cache cannot be written.
    """
    return load_into_engine(file) if engine else unpack(file, images_folder(load_settings().cache_dir))


def pull_images(names: Sequence[str], notes: Notes) -> list[BuiltImage]:
    """Pull published images into the engine, by the digests that are recorded.

    Args:
        names: images or languages.
        notes: receives which is being pulled.

    Raises:
        UnknownName: there is no such image or language.
        SandboxError: none is recorded for this version, no engine answers, or the registry does not have it.
    """
    wanted = list(dict.fromkeys(map(image_of, names)))
    for name in wanted:
        notes(f"pulling {tag(name)}")
        pull(name)
    return [image for image in list_built() if image.name in wanted]


def prune_images() -> list[str]:
    """Remove images that no longer match their Dockerfile, and leftovers of interrupted runs; names them."""
    removed = remove_unpacked(images_folder(load_settings().cache_dir))
    try:
        removed += remove_stale_images()
    except SandboxError:
        if not removed:
            raise
        return removed
    if swept := registry.launcher("docker").sweep():
        removed.append(f"{swept} sandboxes of interrupted runs")
    return removed
