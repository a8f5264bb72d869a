# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of the simulated meter, each by itself."""

import re

import pytest
import serial

from by_hand import BLOCK, REQUEST, acknowledge, framed, receive, send, sign_on, simulate
from simulated_meter import Faults, crc16
from simulated_meter.wire import SEVEN_BITS, has_even_parity, with_parity


def data_with(faults: Faults, **options: object) -> bytes:
    """The data block in mode A."""
    simulation = simulate(faults, mode='A', block=BLOCK, **options)
    port = simulation.open_port()
    sign_on(port)
    return receive(port)


def test_echo() -> None:
    for echo, copies in (('', (0, 0)), ('request', (1, 0)), ('acknowledgement', (0, 1)), ('all', (1, 1))):
        simulation = simulate(Faults(echo=echo), block=BLOCK)
        port = simulation.open_port()
        send(port, REQUEST)
        received = receive(port, 0.3).translate(SEVEN_BITS)
        send(port, b'\x06050\r\n')
        received += port.read(port.in_waiting).translate(SEVEN_BITS)
        assert (received.count(REQUEST), received.count(b'\x06050\r\n')) == copies


def test_damage_of_the_block() -> None:
    good = framed(BLOCK)
    assert data_with(Faults()).translate(SEVEN_BITS) == good
    wrong = data_with(Faults(wrong_check=True)).translate(SEVEN_BITS)
    assert wrong[:-1] == good[:-1] and wrong != good
    assert data_with(Faults(truncate=9)).translate(SEVEN_BITS) == good[:9]
    assert data_with(Faults(missing_etx=True)).translate(SEVEN_BITS) == good[:-2]
    assert data_with(Faults(missing_bcc=True)).translate(SEVEN_BITS) == good[:-1]
    assert data_with(Faults(damaged_stx=True)).translate(SEVEN_BITS) == b'\x12' + good[1:]
    noisy = data_with(Faults(noise_before_data=5)).translate(SEVEN_BITS)
    assert noisy.endswith(good) and len(noisy) == len(good) + 5
    assert data_with(Faults(wrong_check=True, when='every:2')).translate(SEVEN_BITS) == good


def test_wrong_and_short_crc() -> None:
    received = {}
    for name, faults in (('good', Faults()), ('wrong', Faults(wrong_check=True)), ('short', Faults(short_crc=True))):
        for seed in range(200):     # until there is a CRC with a leading zero
            block = f'1-0:1.8.0({seed:06d}*kWh)\r\n!\r\n'
            simulation = simulate(faults, kind='p1', block=block)
            text = receive(simulation.open_port(baudrate=115200), 1.0)
            received[name] = re.search(rb'!([0-9A-F]+)\r\n$', text)[1]
            if crc16(text[:text.index(b'!') + 1]) < 0x1000:
                break
    assert received['good'][:1] == b'0' and received['short'] == received['good'].lstrip(b'0')
    assert received['wrong'][1:] == received['good'][1:] and received['wrong'] != received['good']


def test_bit_errors_come_at_their_rate_and_by_their_seed() -> None:
    blocks = []
    for seed in (1, 1, 2):
        faults = Faults(seed=seed, bit_errors=0.02, double_bit_errors=0.01, errors_in='data')
        simulation = simulate(faults, mode='A', size=6144, instant=True)
        port = simulation.open_port()
        sign_on(port)
        blocks.append(receive(port, 1.0))
    assert blocks[0] == blocks[1] != blocks[2]
    bad = sum(not has_even_parity(character) for character in blocks[0])
    assert 0.012 < bad / 6144 < 0.028
    good = with_parity(blocks[0].translate(SEVEN_BITS))
    assert sum(a != b for a, b in zip(good, blocks[0], strict=True)) == bad


def test_silence() -> None:
    assert sign_on(simulate(Faults(silent='always')).open_port()) == b''
    for silent, acknowledgement, speed, answers in (
            ('identification', b'', 300, False), ('acknowledged', b'\x06000\r\n', 300, False),
            ('acknowledged', b'', 300, True), ('fast', b'\x06050\r\n', 9600, False), ('fast', b'\x06000\r\n', 300, True)):
        simulation = simulate(Faults(silent=silent), block=BLOCK)
        port = simulation.open_port()
        assert sign_on(port)
        acknowledge(simulation, port, acknowledgement)
        port.baudrate = speed
        assert (receive(port).translate(SEVEN_BITS) == framed(BLOCK)) is answers


def test_noise_and_a_second_identification() -> None:
    port = simulate(Faults(noise=6, identify_twice='at once')).open_port()
    send(port, REQUEST)
    received = receive(port, 0.5).translate(SEVEN_BITS)
    assert received[6:] == b'/LGZ5\\2ZMD3104407.B32\r\n' * 2


def test_without_end_until_someone_else_opens_the_port() -> None:
    simulation = simulate(Faults(endless=True), mode='B', block=BLOCK, instant=True)
    port = simulation.open_port()
    sign_on(port)
    port.timeout = 60.0
    assert len(port.read(300_000)) == 300_000
    port.close()
    with simulation.open_port() as port:
        receive(port, 1.0)
        assert sign_on(port).startswith(b'/LGZ')


def test_a_port_that_vanishes_and_comes_back() -> None:
    simulation = simulate(Faults(vanish_after=10, gone_for=5.0, when='first:1'), block=BLOCK)
    port = simulation.open_port(timeout=3.0)
    send(port, REQUEST)
    assert len(port.read(8)) == 8
    with pytest.raises(serial.SerialException, match='disconnected'):
        port.read(8)
    with pytest.raises(OSError):
        _ = port.in_waiting
    with pytest.raises(serial.SerialException):
        port.write(b'x')
    port.close()
    with pytest.raises(serial.SerialException, match='could not open'):
        simulation.open_port()
    simulation.clock.sleep(6.0)
    port = simulation.open_port()
    assert sign_on(port).endswith(b'B32\r\n')


def test_a_head_that_is_deaf_after_opening_or_has_no_power() -> None:
    for settle, answered in ((0.0, False), (0.4, True)):
        simulation = simulate(Faults(deaf_after_open=0.3))
        port = simulation.open_port()
        simulation.clock.sleep(settle)
        assert bool(sign_on(port)) is answered
    port = simulate(Faults(needs='dtr,-rts')).open_port()
    assert sign_on(port) == b''
    port.rts = False
    assert sign_on(port).startswith(b'/LGZ')
    port.dtr = False
    assert sign_on(port) == b''


def test_a_head_that_is_too_slow_for_the_offered_speed() -> None:
    simulation = simulate(Faults(max_baudrate=2400), block=BLOCK)
    port = simulation.open_port()
    sign_on(port)
    acknowledge(simulation, port)
    port.baudrate = 9600
    assert receive(port, 1.0) == b''
    send(port, b'\x15')
    assert receive(port) == b'' and simulation.meter.sent[0].repeats == 0


@pytest.mark.parametrize(('name', 'start'), [
    ('sml', b'\x1b\x1b\x1b\x1b\x01\x01\x01\x01'), ('hdlc', b'\x7e\xa0'), ('mbus', b'\x68\x1b\x1b\x68')])
def test_other_protocols(name: str, start: bytes) -> None:
    port = simulate(Faults(instead=name)).open_port(baudrate=9600)
    assert receive(port, 1.0).startswith(start)


def test_early_flush_and_latency() -> None:
    simulation = simulate(Faults(early_flush=True, latency=0.016))
    port = simulation.open_port(timeout=3.0)
    send(port, REQUEST)
    assert simulation.clock.now == 0.0
    arrived = []
    for _ in range(24):
        port.read(1)
        arrived.append(simulation.clock.now)
    assert all(then / 0.016 == pytest.approx(round(then / 0.016)) for then in arrived)
    assert arrived[0] == pytest.approx(0.4)                 # 6 characters and 200 ms, up to the next 16 ms
