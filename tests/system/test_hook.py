# SPDX-License-Identifier: BSD-2-Clause
"""`make install-hook` on a system of its own: a folder that holds Debian's flash-kernel, u-boot-menu
and linux-base, unpacked, and what these need of this machine. chroot() into it needs nothing else:
nothing is mounted, nothing of the machine's /etc or /boot is touched. The scripts that a kernel
package runs are run as it does, by run-parts; a script of our own is in initramfs-tools' place."""
import json
import os
import pathlib
import re
import resource
import shutil
import stat
import subprocess

import pytest
from test_wrap import image64, monitor64, zimage

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PACKAGES = ("linux-base", "flash-kernel", "u-boot-menu")
PROGRAMS = """sh awk basename cat chmod chown cmp cp cut date dirname env find grep head id ln ls mkdir mktemp
    mv perl printf readlink realpath rm rmdir run-parts sed sort stat sync tail touch tr uname wc which mkimage"""
VERSION = "6.1.0-50-armmp"
MACHINE = "TI AM335x BeagleBone Black"
MACHINES = (MACHINE, "Genesi EfikaMX nettop", "Cubietech Cubieboard4")
ARMV7 = "CONFIG_ARM=y\nCONFIG_CPU_V7=y\n"

#: Becomes root in a chroot; without root a user namespace does.
ENTER = ["chroot"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "chroot"]
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LC_ALL": "C"}


def libraries(program):
    """Shared libraries of a program, its loader among them; none of a script."""
    said = subprocess.run(["ldd", program], capture_output=True, text=True, timeout=60, check=False).stdout
    return re.findall(r"(/\S+) \(0x", said)


def copy_program(name, root):
    found = shutil.which(name, path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    assert found, f"{name} is not installed"
    shutil.copy(os.path.realpath(found), root / "usr/bin" / name)
    for library in libraries(found):
        (root / library[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, root / library[1:])


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The system before any kernel is installed."""
    root = tmp_path_factory.mktemp("system") / "root"
    for folder in ("usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "etc", "boot", "tmp", "dev", "sys", "proc"):
        (root / folder).mkdir(parents=True)
    for link in ("bin", "sbin", "lib", "lib64"):
        (root / link).symlink_to(f"usr/{link}")
    for package in PACKAGES:
        tree = BUILD / "debian" / package
        assert (tree / ".ready").exists(), f"run make {tree.relative_to(BUILD.parent)}/.ready"
        shutil.copytree(tree, root, dirs_exist_ok=True, symlinks=True)
    for name in PROGRAMS.split():
        copy_program(name, root)
    listed = subprocess.run(["dpkg", "-L", "perl-base"], capture_output=True, text=True, check=True).stdout
    for path in map(pathlib.Path, listed.split()):
        if path.is_file() and "/lib/" in str(path):
            (root / str(path)[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, root / str(path)[1:])
    make = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    subprocess.run(["make", "-s", "-C", ROOT, f"O={BUILD}", f"DESTDIR={root}", "PREFIX=/usr/local", "install",
                    "install-hook"], check=True, env=make, timeout=600)
    for library in libraries(BUILD / "host" / "oopsmon"):
        shutil.copy(library, root / library[1:])
    script(root / "usr/bin/dpkg", "echo armhf")
    script(root / "etc/kernel/postinst.d/initramfs-tools", 'echo initrd > "/boot/initrd.img-$1"')
    (root / "dev/null").touch()  # a file does for what is dropped
    (root / "dev/null").chmod(0o666)
    # of flash-kernel's list, which its shell goes through for each word, the machines that are tried
    listed = root / "usr/share/flash-kernel/db/all.db"
    blocks = [block for block in listed.read_text().split("\n\n") if any(f"Machine: {m}\n" in block for m in MACHINES)]
    assert len(blocks) == len(MACHINES)
    listed.write_text("\n\n".join(blocks) + "\n")
    (root / "etc/fstab").write_text("/dev/mmcblk0p1 / ext4 defaults 0 1\n")
    (root / "etc/debian_version").write_text("12.11\n")
    (root / "etc/flash-kernel/machine").write_text(f"{MACHINE}\n")
    shutil.copy(root / "usr/share/flash-kernel/default/flash-kernel", root / "etc/default/flash-kernel")
    return root


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


class System:
    def __init__(self, root):
        self.root = root
        self.boot = root / "boot"
        self.action = "configure 6.1.170-1"

    def run(self, *words, **how):
        return subprocess.run([*ENTER, self.root, *words], capture_output=True, text=True, timeout=300, check=False,
                              env={**ENVIRONMENT, "DEB_MAINT_PARAMS": self.action}, **how)

    def put(self, data, version=VERSION, config=ARMV7):
        """What dpkg unpacks: a new file in place of the old."""
        new = self.boot / f"vmlinuz-{version}.dpkg-new"
        new.write_bytes(data)
        new.rename(self.kernel(version))
        if config is not None:
            (self.boot / f"config-{version}").write_text(config)
        for name in ("am335x-boneblack", "sun9i-a80-cubieboard4"):
            tree = self.root / f"usr/lib/linux-image-{version}" / f"{name}.dtb"
            tree.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(BUILD / "dtbs" / "armmp" / tree.name, tree)

    def hooks(self, folder, version=VERSION, **how):
        """As the kernel's package does; what they print."""
        done = self.run("run-parts", "--report", "--exit-on-error", f"--arg={version}",
                        f"--arg=/boot/vmlinuz-{version}", f"/etc/kernel/{folder}.d", **how)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def install(self, data, version=VERSION, config=ARMV7, **how):
        self.put(data, version, config)
        return self.hooks("postinst", version, **how)

    def hook(self, *arguments, **how):
        """Ours alone, after `put()`; what it prints."""
        done = self.run("/etc/kernel/postinst.d/zy-oopsmon", *arguments, **how)
        assert (done.returncode, done.stdout) == (0, "")
        return done.stderr

    def kernel(self, version=VERSION):
        return self.boot / f"vmlinuz-{version}"

    def kept(self, version=VERSION):
        return self.boot / f"oopsmon-unwrapped-{version}"

    def inner(self, path):
        """What is wrapped in a file; None: nothing."""
        out = self.root / "tmp" / "inner"
        out.unlink(missing_ok=True)
        done = subprocess.run([BUILD / "host" / "oopsmon", "wrap", "--unwrap", path, "-o", out], timeout=60,
                              capture_output=True, text=True, check=False)
        return out.read_bytes() if done.returncode == 0 else None

    def listed(self):
        """The kernels that linux-version, and so flash-kernel and u-boot-menu, see."""
        return self.run("linux-version", "list").stdout.split()

    def names(self):
        return {path.name for path in self.boot.iterdir() if path.is_file()}


@pytest.fixture
def system(template, tmp_path):
    root = tmp_path / "root"
    shutil.copytree(template, root, symlinks=True, copy_function=os.link)
    for path in ("etc/default/u-boot", "etc/flash-kernel/machine"):  # files that a test may write to
        data = (root / path).read_bytes()
        (root / path).unlink()
        (root / path).write_bytes(data)
    return System(root)


KERNEL = zimage(20000)
OTHER = zimage(24001)


def is_wrapped(system, data, version=VERSION):
    assert system.inner(system.kernel(version)) == data
    assert system.kept(version).read_bytes() == data
    assert not [name for name in system.names() if name.endswith(".new")]


def test_order(system):
    """By name, as run-parts takes them."""
    said = system.run("run-parts", "--test", "/etc/kernel/postinst.d").stdout.split()
    assert [pathlib.Path(path).name for path in said] == ["initramfs-tools", "zy-oopsmon", "zz-flash-kernel",
                                                          "zz-u-boot-menu"]
    said = system.run("run-parts", "--test", "/etc/kernel/postrm.d").stdout.split()
    assert "/etc/kernel/postrm.d/zy-oopsmon" in said
    assert not list(system.root.glob("usr/local/**/zy-oopsmon"))


@pytest.mark.parametrize("name", ["small", "Debian's"])
def test_an_installed_kernel_is_wrapped(name, system):
    data = KERNEL if name == "small" else (BUILD / "dtbs" / "armmp" / "vmlinuz").read_bytes()
    said = system.install(data)
    is_wrapped(system, data)
    assert f"zy-oopsmon: /boot/vmlinuz-{VERSION} is wrapped with oopsmon; " \
        f"the original is /boot/oopsmon-unwrapped-{VERSION}\n" in said
    assert "EFI" not in said  # this board does not start by it
    assert system.listed() == [VERSION]


@pytest.mark.parametrize("config", ["CONFIG_ARM64=y\n", None])
def test_an_arm64_kernel_is_wrapped(config, system):
    """With the monitor for these."""
    (system.root / MONITOR64).unlink(missing_ok=True)
    (system.root / MONITOR64).write_bytes(monitor64())
    system.put(KERNEL64, config=config)
    assert "is wrapped with oopsmon" in system.hook(VERSION, f"/boot/vmlinuz-{VERSION}")
    is_wrapped(system, KERNEL64)
    assert system.kernel().read_bytes().startswith(monitor64()[:0x10])


def test_u_boot_menu_takes_it(system):
    """Its menu has the wrapped kernel, with initrd and trees, and nothing else."""
    for version in ("6.1.0-47-armmp", VERSION):
        system.install(KERNEL, version)
    text = (system.boot / "extlinux/extlinux.conf").read_text()
    assert re.findall(r"^\s+linux (\S+)", text, re.M) == [
        f"/boot/vmlinuz-{v}" for v in (VERSION, VERSION, "6.1.0-47-armmp", "6.1.0-47-armmp")]
    assert set(re.findall(r"^\s+initrd (\S+)", text, re.M)) == {f"/boot/initrd.img-{v}" for v in
                                                                (VERSION, "6.1.0-47-armmp")}
    assert "oopsmon" not in text
    for version in ("6.1.0-47-armmp", VERSION):
        is_wrapped(system, KERNEL, version)
    assert system.listed() == ["6.1.0-47-armmp", VERSION]


@pytest.mark.parametrize("machine, output, tree", zip(MACHINES, ("boot.scr", "uImage", "uImage"), (
    None, None, "sun9i-a80-cubieboard4.dtb")))
def test_flash_kernel_takes_it(machine, output, tree, system):
    """A script that starts it by name; a uImage of it; one with a tree after it."""
    (system.root / "etc/flash-kernel/machine").write_text(f"{machine}\n")
    said = system.install(KERNEL)
    is_wrapped(system, KERNEL)
    assert f"flash-kernel: installing version {VERSION}" in said
    made = (system.boot / output).read_bytes()
    if output == "boot.scr":
        assert VERSION.encode() in made and b"oopsmon" not in made
        return
    wrapped = system.kernel().read_bytes()
    assert system.inner(system.boot / output) == KERNEL
    after = (BUILD / "dtbs" / "armmp" / tree).read_bytes() if tree else b""
    assert made[64:] == wrapped + after


def test_upgrade_removal_and_what_is_kept(system):
    """The same version with other bytes, as an update within an ABI brings it; then none."""
    system.install(KERNEL)
    system.action = "upgrade 6.1.176-1"
    system.put(OTHER)
    system.hooks("postrm")  # of the old package, after the new files are there
    assert system.kept().exists()
    system.action = "configure 6.1.170-1"
    system.hooks("postinst")
    is_wrapped(system, OTHER)
    system.install(KERNEL, "6.1.0-51-armmp")
    system.action = "remove"
    system.kernel().unlink()
    system.hooks("postrm")
    assert not system.kept().exists()
    is_wrapped(system, KERNEL, "6.1.0-51-armmp")
    assert system.listed() == ["6.1.0-51-armmp"]


def test_not_twice(system):
    system.put(KERNEL)
    system.hook(VERSION)
    before = system.kernel().stat().st_ino
    for _ in range(2):
        assert f"/boot/vmlinuz-{VERSION} stays as it is: it is wrapped already" in system.hook(VERSION)
    assert system.kernel().stat().st_ino == before
    is_wrapped(system, KERNEL)


def test_not_when_an_installation_is_taken_back(system):
    for action in ("abort-upgrade 6.1", "abort-remove", "triggered x", "'abort-upgrade' '6.1'"):
        system.action = action
        system.put(KERNEL)
        assert system.hook(VERSION, f"/boot/vmlinuz-{VERSION}") == ""
        assert system.kernel().read_bytes() == KERNEL
    for action in ("", "'configure' '6.1'", "configure"):
        system.action = action
        system.put(KERNEL)
        assert "is wrapped" in system.hook(VERSION)
        is_wrapped(system, KERNEL)


def unlink(*paths):
    def change(system):
        for path in paths:
            (system.root / path).unlink()
    return change


def make(path, text=""):
    def change(system):
        (system.root / path).parent.mkdir(parents=True, exist_ok=True)
        (system.root / path).write_text(text)
    return change


def nothing(_):
    pass


def full(*names):
    """Writing to these fails as on a full disk: folders are where their files go."""
    def change(system):
        for name in names:
            (system.boot / name / "x").mkdir(parents=True)
    return change


KERNEL64 = image64(20000, efi=20000)
MONITOR64 = "usr/local/share/oopsmon/oopsmon-generic64.image"
#: What is so, the kernel, its configuration, and what is said of it.
LEFT = {
    "EFI": (make("sys/firmware/efi/x"), KERNEL, ARMV7, "this machine starts by EFI"),
    "no program": (unlink("usr/local/bin/oopsmon"), KERNEL, ARMV7, "the program oopsmon is not installed"),
    "no image": (unlink("usr/local/share/oopsmon/oopsmon-generic.zimage"), KERNEL, ARMV7,
                 "oopsmon-generic.zimage is not installed"),
    "another image": (lambda s: script(s.root / "usr/local/share/oopsmon/oopsmon-generic.zimage", "x"), KERNEL,
                      ARMV7, "not an image of oopsmon"),
    "arm64, no image": (lambda s: (s.root / MONITOR64).unlink(missing_ok=True), KERNEL64, "CONFIG_ARM64=y\n",
                        "oopsmon-generic64.image is not installed"),
    "arm64, another image": (lambda s: script(s.root / MONITOR64, "x"), KERNEL64, None, "not an image of oopsmon"),
    "vmlinuz.efi": (nothing, b"MZ\0\0zimg" + bytes(500), None, "EFI zboot"),
    "no kernel": (nothing, b"text", ARMV7, "not a kernel"),
    "cut": (nothing, KERNEL[:-1], ARMV7, "cut: its header says"),
    "ARMv5": (nothing, KERNEL, "CONFIG_ARM=y\nCONFIG_CPU_FEROCEON=y\n", "for processors before ARMv7"),
    "ARMv6 too": (nothing, KERNEL, ARMV7 + "CONFIG_CPU_V6K=y\n", "for processors before ARMv7"),
    "switched off": (make("etc/default/oopsmon", "OOPSMON_WRAP=no\n"), KERNEL, ARMV7, "OOPSMON_WRAP=no"),
    "mistake in the settings": (make("etc/default/oopsmon", "OOPSMON='\n"), KERNEL, ARMV7, "has a mistake in it"),
    "settings that fail": (make("etc/default/oopsmon", "echo $no_such\n"), KERNEL, ARMV7, "has a mistake in it"),
    "wrong options": (make("etc/default/oopsmon", "OOPSMON_WRAP_OPTIONS=--no-such\n"), KERNEL, ARMV7,
                      "unrecognized option"),
    "nowhere to write": (full(f"oopsmon-wrapped-{VERSION}.new"), KERNEL, ARMV7, "Is a directory"),
    "nowhere to keep": (full(f"oopsmon-unwrapped-{VERSION}"), KERNEL, ARMV7, "the original could not be kept"),
}


@pytest.mark.parametrize("name", LEFT)
def test_left_alone(name, system):
    """With a word why."""
    change, kernel, config, says = LEFT[name]
    change(system)
    before = system.names()
    system.put(kernel, config=config)
    said = system.hook(VERSION, f"/boot/vmlinuz-{VERSION}")
    assert re.search(rf"^zy-oopsmon: /boot/vmlinuz-{VERSION} stays as it is: .*{says}", said, re.M), said
    assert system.kernel().read_bytes() == kernel
    assert system.names() - before == {f"vmlinuz-{VERSION}", *((f"config-{VERSION}",) if config else ())}


@pytest.mark.parametrize("name", ["EFI", "no program", "arm64, no image"])
def test_the_others_go_on(name, system):
    """The package is installed all the same, and they take the kernel as it is."""
    change, kernel, config, _ = LEFT[name]
    change(system)
    said = system.install(kernel, config=config)
    assert "stays as it is" in said and system.kernel().read_bytes() == kernel
    assert system.listed() == [VERSION] and (system.boot / "extlinux/extlinux.conf").exists()
    if name == "EFI":
        assert "System running in EFI mode, skipping." in said  # flash-kernel's word
    else:
        assert (system.boot / "boot.scr").exists()


@pytest.mark.parametrize("size", [4096, 300_000])
def test_a_disk_that_is_full(size, system):
    """The kernel stays, and no part of another."""
    system.put(KERNEL)
    said = system.hook(VERSION, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
    assert "stays as it is: " in said and "File too large" in said
    assert system.kernel().read_bytes() == KERNEL
    assert system.names() == {f"vmlinuz-{VERSION}", f"config-{VERSION}"}


def test_settings(system):
    (system.root / "etc/default/oopsmon").write_text("OOPSMON=/opt/o\nOOPSMON_WRAP_OPTIONS='--no-check --image=/opt/i'\n")
    (system.root / "opt").mkdir()
    shutil.move(system.root / "usr/local/bin/oopsmon", system.root / "opt/o")
    shutil.move(system.root / "usr/local/share/oopsmon/oopsmon-generic.zimage", system.root / "opt/i")
    system.put(KERNEL)
    system.hook(VERSION)
    is_wrapped(system, KERNEL)
    facts = subprocess.run([BUILD / "host" / "oopsmon", "wrap", "--info", "--json", system.kernel()], timeout=60,
                           capture_output=True, check=True).stdout
    assert json.loads(facts)["kernel"]["checked"] is False


def test_mode_and_links(system):
    system.put(KERNEL)
    system.kernel().chmod(0o600)
    (system.root / "vmlinuz").symlink_to(f"boot/vmlinuz-{VERSION}")
    assert "is wrapped" in system.hook(VERSION, "/vmlinuz")
    assert (system.root / "vmlinuz").is_symlink()
    is_wrapped(system, KERNEL)
    assert stat.S_IMODE(system.kernel().stat().st_mode) == 0o600


def test_no_hard_links(system):
    """As on FAT: a copy is kept."""
    script(system.root / "usr/bin/ln", "echo 'ln: Operation not permitted' >&2; exit 1")
    system.put(KERNEL)
    assert "is wrapped" in system.hook(VERSION)
    is_wrapped(system, KERNEL)


@pytest.mark.parametrize("works", [True, False])
def test_the_raspberry_pi_s_hook(works, system):
    """z50 comes before zy, and copies the kernel away."""
    (system.boot / "firmware").mkdir()
    script(system.root / "etc/kernel/postinst.d/z50-raspi-firmware",
           'cp "$2" /boot/firmware/kernel7.img' + ("" if works else "; [ ! -e /boot/oopsmon-unwrapped-* ]"))
    said = system.install(KERNEL)
    assert system.inner(system.boot / "firmware/kernel7.img") == KERNEL
    assert ("z50-raspi-firmware failed" in said) == (not works)


COMMANDS = ["oopsmon", "grep", "chmod", "chown", "ln", "sync", "mv", "rm"]


@pytest.mark.parametrize("how", ["exit 1", "kill -9 $PPID"])
@pytest.mark.parametrize("command, links", [*((c, True) for c in COMMANDS), *((c, False) for c in (
    "cp", "sync", "mv", "rm"))])
def test_a_command_that_fails(command, links, how, system):
    """Or the power, at that moment: the kernel is whole, one or the other, and none is lost."""
    if not links:
        script(system.root / "usr/bin/ln", "exit 1")
    place = "usr/local/bin" if command == "oopsmon" else "usr/bin"
    script(system.root / place / command, how)
    system.put(KERNEL)
    done = system.run("/etc/kernel/postinst.d/zy-oopsmon", VERSION)
    assert done.returncode == (0 if how == "exit 1" else done.returncode)
    wrapped = system.kernel().read_bytes() != KERNEL
    if wrapped:
        assert system.inner(system.kernel()) == KERNEL and system.kept().read_bytes() == KERNEL
    if how == "exit 1":
        assert ("is wrapped with oopsmon" in done.stderr) == wrapped
        assert ("stays as it is: " in done.stderr) == (not wrapped)
    assert system.listed() == [VERSION]


@pytest.mark.parametrize("name", ["postinst", "postrm"])
def test_scripts_are_posix(name):
    """In Debian's sh, and in no other shell's words."""
    path = ROOT / "tools" / "hooks" / name
    assert path.read_text().startswith("#!/bin/sh\n") and os.access(path, os.X_OK)
    subprocess.run(["dash", "-n", path], check=True, timeout=60)
    done = subprocess.run(["shellcheck", "-s", "sh", path], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "")
