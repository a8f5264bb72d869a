# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The kinds of finding, and what there is to say of each, in German and English: no code but the shape of an entry.

The rules of these texts, which the suite holds:

- title: half a sentence, without a gap, for a table. Symptom: what is seen, one sentence. Cause: why that is so, the likeliest
  reason first, one sentence. Remedy: what to do next, two sentences at most.
- Each gap stands in a part in square brackets (`reader/texts.py`), so that the manual can print the texts without evidence.
- `parameters` are those that the remedy names, in its order: whoever shows it knows where they are set.
- The order is that of the manual: the port, silence, other protocols, speed and parity, the dialogue, the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..texts import Text

Evidence = Mapping[str, object]     # what a finding was seen by: gap of a text to figure or name; what is missing is left out


class Suspects(dict[str, object]):
    """Parameters that may be guilty, too, with their values: the evidence `also`. Said as a configuration has them."""

    def __str__(self) -> str:
        return ', '.join(f'{name}: {value}' for name, value in self.items())


@dataclass(frozen=True)
class Kind:
    """What there is to say of one kind of finding; see the rules above."""

    title: Text
    symptom: Text
    cause: Text
    remedy: Text
    parameters: tuple[str, ...] = ()


def _with_suspects(de: str, en: str) -> Text:
    """A remedy for silence, which much can cause: it names the other suspects, too."""
    return Text(de + '[ Auch diese Parameter prüfen: {also}.]', en + '[ Check these parameters, too: {also}.]')


_STAY_AT_300 = Text('baudrate_fix: True setzen, dann bleiben beide bei 300 Bd; den Lesekopf besser ausrichten.',
                    'Set baudrate_fix: True, then both stay at 300 Bd; align the head better.')

KINDS: dict[str, Kind] = {
    # the port
    'port_missing': Kind(
        title=Text('Die Schnittstelle gibt es nicht', 'The port does not exist'),
        symptom=Text('Die Schnittstelle[ {port}] gibt es nicht.',
                     'The port[ {port}] does not exist.'),
        cause=Text('Der Lesekopf ist nicht angesteckt oder heißt jetzt anders.',
                   'The optical head is not plugged in, or it has another name now.'),
        remedy=Text('Den Lesekopf anstecken und als serialport einen Namen aus /dev/serial/by-id angeben, der immer gleich '
                    'bleibt.[ Dort gibt es: {names}.]',
                    'Plug in the head and set serialport to a name in /dev/serial/by-id, which always stays the same.'
                    '[ These are there: {names}.]'),
        parameters=('serialport',)),
    'port_forbidden': Kind(
        title=Text('Die Schnittstelle darf nicht geöffnet werden', 'Permission to open the port is missing'),
        symptom=Text('Die Schnittstelle[ {port}] darf von diesem Benutzer nicht geöffnet werden.',
                     'This user is not allowed to open the port[ {port}].'),
        cause=Text('Das darf nur, wer zu ihrer Gruppe[ {group}] gehört.',
                   'Only members of its group[ {group}] are.'),
        remedy=Text('Den Benutzer in die Gruppe aufnehmen[ (sudo usermod -aG {group} BENUTZER)] und das Programm neu starten.',
                    'Make the user a member of the group[ (sudo usermod -aG {group} USER)] and restart the program.')),
    'group_unknown': Kind(
        title=Text('Die Gruppe der Schnittstelle ist hier unbekannt', 'The group of the port is unknown here'),
        symptom=Text('Die Schnittstelle[ {port}] darf von diesem Benutzer nicht geöffnet werden.',
                     'This user is not allowed to open the port[ {port}].'),
        cause=Text('Sie gehört einer Gruppe, die hier keinen Namen hat[: {group}], wie oft in einem Container.',
                   'It belongs to a group that has no name here[: {group}], as it often is in a container.'),
        remedy=Text('Den Container mit --group-add und dieser Nummer[, {group},] starten (compose: group_add; Podman ohne root: '
                    'keep-groups). Ohne Container der Gruppe einen Namen geben und den Benutzer aufnehmen.',
                    'Start the container with --group-add and this number[, {group}] (compose: group_add; Podman without root: '
                    'keep-groups). Without a container give the group a name and make the user a member.')),
    'device_not_given': Kind(
        title=Text('Der Container darf die Schnittstelle nicht öffnen', 'The container is not allowed to open the port'),
        symptom=Text('Der Container darf die Schnittstelle[ {port}] nicht öffnen.',
                     'The container is not allowed to open the port[ {port}].'),
        cause=Text('Sie wurde ihm beim Start nicht mitgegeben, oder der Lesekopf wurde seither neu angesteckt.',
                   'It was not given to it at the start, or the head has been plugged in again since.'),
        remedy=Text('Den Container mit --device und dieser Schnittstelle neu starten (compose: devices).',
                    'Start the container again with --device and this port (compose: devices).')),
    'port_not_in_container': Kind(
        title=Text('Die Schnittstelle gibt es im Container nicht', 'The port does not exist in the container'),
        symptom=Text('Die Schnittstelle[ {port}] gibt es in diesem Container nicht.',
                     'The port[ {port}] does not exist in this container.'),
        cause=Text('Ein Container sieht nur die Geräte, die er beim Start bekommt, und keine Namen in /dev/serial/by-id.',
                   'A container sees only the devices that it gets at its start, and no names in /dev/serial/by-id.'),
        remedy=Text('Den Container mit --device /dev/serial/by-id/NAME:/dev/ttyUSB0 starten (compose: devices) und als '
                    'serialport den Namen nach dem Doppelpunkt angeben.',
                    'Start the container with --device /dev/serial/by-id/NAME:/dev/ttyUSB0 (compose: devices), and set '
                    'serialport to the name after the colon.'),
        parameters=('serialport',)),
    'no_hardware': Kind(
        title=Text('Hinter der Schnittstelle ist kein Gerät', 'There is no hardware behind the port'),
        symptom=Text('Die Schnittstelle[ {port}] war nicht zu öffnen.',
                     'The port[ {port}] could not be opened.'),
        cause=Text('Linux hält diesen Namen nur vor: ein Baustein dafür ist nicht da.',
                   'Linux only keeps this name ready: there is no hardware for it.'),
        remedy=Text('Als serialport die Schnittstelle des Lesekopfs angeben; python3 dlms.py --list zeigt die, die es gibt.',
                    'Set serialport to the port of the head; python3 dlms.py --list shows those that are there.'),
        parameters=('serialport',)),
    'port_busy': Kind(
        title=Text('Die Schnittstelle ist belegt', 'The port is busy'),
        symptom=Text('Die Schnittstelle[ {port}] ist belegt.',
                     'The port[ {port}] is busy.'),
        cause=Text('Ein anderes Programm oder eine andere Instanz benutzt sie[: {holder}].',
                   'Another program or another instance uses it[: {holder}].'),
        remedy=Text('Dafür sorgen, dass nur eines den Lesekopf benutzt. Oft sind es ModemManager, brltty oder ein vergessenes '
                    'Programm.',
                    'Make sure that only one of them uses the head. Often it is ModemManager, brltty or a forgotten program.')),
    'port_unreachable': Kind(
        title=Text('Die Schnittstelle im Netzwerk ist nicht erreichbar', 'The port in the network cannot be reached'),
        symptom=Text('Die Schnittstelle im Netzwerk[ {port}] war nicht zu öffnen.',
                     'The port in the network[ {port}] could not be opened.'),
        cause=Text('Der Server läuft nicht, ist belegt oder hat eine andere Adresse.',
                   'The server does not run, is in use or has another address.'),
        remedy=Text('Adresse und Port in serialport prüfen und ob am Server schon jemand angemeldet ist.',
                    'Check address and port in serialport, and whether somebody else is connected to the server.'),
        parameters=('serialport',)),
    'port_unusable': Kind(
        title=Text('Die Schnittstelle war nicht zu öffnen', 'The port could not be opened'),
        symptom=Text('Die Schnittstelle[ {port}] war nicht zu öffnen.',
                     'The port[ {port}] could not be opened.'),
        cause=Text('Sie ist keine serielle Schnittstelle, oder ihr Treiber kann die Einstellungen nicht.',
                   'It is no serial port, or its driver cannot do what is set.'),
        remedy=Text('Den Parameter serialport prüfen; python3 dlms.py --list zeigt die Schnittstellen.',
                    'Check the parameter serialport; python3 dlms.py --list shows the ports.'),
        parameters=('serialport',)),
    'port_lost': Kind(
        title=Text('Die Schnittstelle verschwand während der Auslesung', 'The port vanished during the readout'),
        symptom=Text('Die Schnittstelle[ {port}] verschwand während der Auslesung[, nach {seconds} s und {count} Zeichen].',
                     'The port[ {port}] vanished during the readout[, after {seconds} s and {count} characters].'),
        cause=Text('Der Stecker saß lose, der USB-Hub fiel aus, oder der Server im Netzwerk beendete die Verbindung.',
                   'The plug was loose, the USB hub failed, or the server in the network closed the connection.'),
        remedy=Text('Stecker, Kabel und Hub prüfen. Mit einem Namen aus /dev/serial/by-id als serialport wird der Lesekopf '
                    'wiedergefunden.',
                    'Check plug, cable and hub. With a name in /dev/serial/by-id as serialport the head is found again.'),
        parameters=('serialport',)),
    'port_shared': Kind(
        title=Text('Ein anderes Programm liest mit', 'Another program reads there, too'),
        symptom=Text('An der Schnittstelle[ {port}] fehlen Zeichen, obwohl sie da ist.',
                     'Characters are missing at the port[ {port}], although it is there.'),
        cause=Text('Ein anderes Programm hat sie auch offen[: {holder}]; was es liest, fehlt hier.',
                   'Another program has it open, too[: {holder}]; what it reads is missing here.'),
        remedy=Text('Das andere Programm beenden oder ihm eine andere Schnittstelle geben. Oft ist es ModemManager, brltty oder '
                    'eine Anmeldung auf der seriellen Konsole (getty).',
                    'End the other program, or give it another port. Often it is ModemManager, brltty or a login on the serial '
                    'console (getty).')),
    'speed_refused': Kind(
        title=Text('Die Schnittstelle kann die Geschwindigkeit nicht', 'The port cannot do the speed'),
        symptom=Text('Die Schnittstelle[ {port}] nahm die Geschwindigkeit nicht an[: {speed} Bd].',
                     'The port[ {port}] did not take the speed[: {speed} Bd].'),
        cause=Text('Der Adapter oder sein Treiber kann sie nicht.',
                   'The adapter or its driver cannot do it.'),
        remedy=Text('baudrate: 300 und baudrate_fix: True setzen, dann bleiben beide bei 300 Bd; sonst hilft ein anderer '
                    'Adapter.',
                    'Set baudrate: 300 and baudrate_fix: True, then both stay at 300 Bd; else another adapter helps.'),
        parameters=('baudrate', 'baudrate_fix')),
    # silence
    'no_time_to_answer': Kind(
        title=Text('Dem Zähler blieb keine Zeit zu antworten', 'The meter had no time to answer'),
        symptom=Text('Es kam kein einziges Zeichen, bis die erlaubte Zeit um war[: {limit} s].',
                     'Not a single character came until the allowed time was over[: {limit} s].'),
        cause=Text('So lange dauern schon Pause, Aufwecken, Anfrage und das Warten auf die Antwort.',
                   'Pause, wake-up, request and the wait for the answer alone take that long.'),
        remedy=Text('Den Parameter max_duration erhöhen oder weglassen.',
                    'Raise the parameter max_duration, or leave it out.'),
        parameters=('max_duration',)),
    'head_unpowered': Kind(
        title=Text('Der Lesekopf hat vermutlich keinen Strom', 'The optical head probably has no power'),
        symptom=Text('Es kam kein einziges Zeichen, und DTR oder RTS ist abgeschaltet[: {lines}].',
                     'Not a single character came, and DTR or RTS is switched off[: {lines}].'),
        cause=Text('Viele Leseköpfe bekommen ihren Strom aus diesen Leitungen.',
                   'Many optical heads are powered by these lines.'),
        remedy=_with_suspects('Die Parameter dtr und rts auf True setzen.',
                              'Set the parameters dtr and rts to True.'),
        parameters=('dtr', 'rts')),
    'timeout_short': Kind(
        title=Text('Auf die Antwort wurde zu kurz gewartet', 'The wait for the answer was too short'),
        symptom=Text('Die Antwort blieb aus, aber gewartet wurde nur kurz[: {timeout} s].',
                     'The answer did not come, but the wait was short[: {timeout} s].'),
        cause=Text('Ein Zähler darf sich 1,5 s Zeit lassen.',
                   'A meter may take 1.5 s.'),
        remedy=_with_suspects('Den Parameter timeout auf 3 setzen.',
                              'Set the parameter timeout to 3.'),
        parameters=('timeout',)),
    'no_answer_to_address': Kind(
        title=Text('Kein Zähler antwortet auf die Geräteadresse', 'No meter answers to the device address'),
        symptom=Text('Auf die Anfrage mit Geräteadresse[ {address}] kam kein einziges Zeichen.',
                     'Not a single character came in answer to the request with the device address[ {address}].'),
        cause=Text('Kein Zähler an diesem Lesekopf hat diese Adresse, oder er hört die Anfrage nicht.',
                   'No meter at this head has that address, or it does not hear the request.'),
        remedy=_with_suspects('Den Parameter device_address leer lassen, dann antwortet jeder Zähler.',
                              'Leave the parameter device_address empty, then every meter answers.'),
        parameters=('device_address',)),
    'request_without_parity': Kind(
        title=Text('Keine Antwort auf die Anfrage ohne Parität', 'No answer to the request without parity'),
        symptom=Text('Es kam kein einziges Zeichen, und die Anfrage ging ohne Parität hinaus.',
                     'Not a single character came, and the request went out without parity.'),
        cause=Text('Die meisten Zähler hören nur Zeichen mit gerader Parität.',
                   'Most meters hear only characters with even parity.'),
        remedy=_with_suspects('Den Parameter parity auf auto setzen.',
                              'Set the parameter parity to auto.'),
        parameters=('parity',)),
    'request_with_parity': Kind(
        title=Text('Keine Antwort auf die Anfrage mit Parität', 'No answer to the request with parity'),
        symptom=Text('Es kam kein einziges Zeichen[ in {seconds} s], und die Anfrage ging mit Parität in Bit 7 hinaus.',
                     'Not a single character came[ in {seconds} s], and the request went out with parity in bit 7.'),
        cause=Text('Hinter der Schnittstelle ist ein Programm, das Bytes vergleicht, oder der Lesekopf sitzt nicht auf der '
                   'optischen Schnittstelle, oder der Zähler muss geweckt werden oder sendet nur von selbst.',
                   'Behind the port there is a program that compares bytes, or the optical head is not in its place, or the '
                   'meter has to be woken or only sends by itself.'),
        remedy=_with_suspects('parity: none setzen. Hilft das nicht: den Lesekopf ausrichten, bei Zählern mit Batterie '
                              'wakeup: True und bei selbst sendenden only_listen: True setzen.',
                              'Set parity: none. If that does not help: align the head; set wakeup: True for a meter with a '
                              'battery, only_listen: True for one that sends by itself.'),
        parameters=('parity', 'wakeup', 'only_listen')),
    'silence': Kind(
        title=Text('Der Zähler hat nicht geantwortet', 'The meter did not answer'),
        symptom=Text('Es kam kein einziges Zeichen[ in {seconds} s].',
                     'Not a single character came[ in {seconds} s].'),
        cause=Text('Der Lesekopf sitzt nicht auf der optischen Schnittstelle, ist verdreht oder stromlos, oder der Zähler muss '
                   'geweckt werden oder sendet nur von selbst.',
                   'The optical head is not in its place, is turned or has no power, or the meter has to be woken or only sends '
                   'by itself.'),
        remedy=_with_suspects('Den Lesekopf ausrichten (Kabel meist nach unten), bei Zählern mit Batterie wakeup: True und bei '
                              'selbst sendenden only_listen: True setzen.',
                              'Align the head (the cable mostly hangs down); set wakeup: True for a meter with a battery, '
                              'only_listen: True for one that sends by itself.'),
        parameters=('wakeup', 'only_listen')),
    'silence_despite_wakeup': Kind(
        title=Text('Der Zähler hat auch nach dem Wecken nicht geantwortet', 'The meter did not answer even after the wake-up'),
        symptom=Text('Auch nach dem Wecken kam kein einziges Zeichen[ in {seconds} s].',
                     'Even after the wake-up not a single character came[ in {seconds} s].'),
        cause=Text('Der Lesekopf sitzt nicht auf der optischen Schnittstelle, ist verdreht oder stromlos, oder der Zähler '
                   'schläft noch.',
                   'The optical head is not in its place, is turned or has no power, or the meter is still asleep.'),
        remedy=_with_suspects('Den Lesekopf ausrichten; manche Zähler antworten erst nach einem Tastendruck.',
                              'Align the head; some meters answer only after a button has been pressed.')),
    'no_telegram': Kind(
        title=Text('Der Zähler hat nichts von selbst gesendet', 'The meter sent nothing by itself'),
        symptom=Text('Es wurde nur mitgehört, und es kam kein einziges Zeichen[ in {seconds} s].',
                     'The reader only listened, and not a single character came[ in {seconds} s].'),
        cause=Text('Der Zähler sendet nicht von selbst oder nur selten, oder der Lesekopf sitzt falsch oder ist stromlos.',
                   'The meter does not send by itself, or seldom, or the head is not in its place or has no power.'),
        remedy=Text('Den Lesekopf ausrichten und only_listen: False versuchen, dann wird der Zähler gefragt.',
                    'Align the head and try only_listen: False, then the meter is asked.'),
        parameters=('only_listen',)),
    'only_echo': Kind(
        title=Text('Es kam nur das eigene Echo', "Only the head's own echo came"),
        symptom=Text('Es kam nur das eigene Echo[, {count} Zeichen].',
                     "Only the head's own echo came[, {count} characters]."),
        cause=Text('Der Lesekopf hat Strom und hört sein eigenes Licht, aber der Zähler hört ihn nicht oder schläft.',
                   'The head has power and hears its own light, but the meter does not hear it or is asleep.'),
        remedy=_with_suspects('Den Lesekopf drehen und verschieben; bei Zählern mit Batterie wakeup: True setzen.',
                              'Turn and move the head; set wakeup: True for a meter with a battery.'),
        parameters=('wakeup',)),
    # another protocol
    'sml': Kind(
        title=Text('Der Zähler spricht SML', 'The meter speaks SML'),
        symptom=Text('Der Zähler spricht SML[ ({count} Telegramme bei {speed} Bd)].',
                     'The meter speaks SML[ ({count} telegrams at {speed} Bd)].'),
        cause=Text('Das ist ein anderes Protokoll als IEC 62056-21.',
                   'That is another protocol than IEC 62056-21.'),
        remedy=Text('Das Plugin smlx für diesen Zähler verwenden; der Lesekopf ist in Ordnung.',
                    'Use the plugin smlx for this meter; the head is fine.')),
    'hdlc': Kind(
        title=Text('Der Zähler spricht DLMS in HDLC-Rahmen', 'The meter speaks DLMS in HDLC frames'),
        symptom=Text('Der Zähler spricht DLMS in HDLC-Rahmen[ ({count} bei {speed} Bd)].',
                     'The meter speaks DLMS in HDLC frames[ ({count} at {speed} Bd)].'),
        cause=Text('Das ist ein anderes Protokoll als IEC 62056-21, oft verschlüsselt.',
                   'That is another protocol than IEC 62056-21, often encrypted.'),
        remedy=Text('Den Netzbetreiber nach Protokoll und Schlüssel fragen; mit diesem Plugin geht es nicht.',
                    'Ask the grid operator for protocol and key; this reader cannot do it.')),
    'mbus': Kind(
        title=Text('Der Zähler spricht M-Bus', 'The meter speaks M-Bus'),
        symptom=Text('Der Zähler spricht M-Bus[ ({count} Telegramme bei {speed} Bd)].',
                     'The meter speaks M-Bus[ ({count} telegrams at {speed} Bd)].'),
        cause=Text('Das ist ein anderes Protokoll als IEC 62056-21.',
                   'That is another protocol than IEC 62056-21.'),
        remedy=Text('Einen Leser für M-Bus verwenden; die Leitung ist in Ordnung.',
                    'Use a reader for M-Bus; the line is fine.')),
    # speed and parity
    'parity_not_shown': Kind(
        title=Text('Die Zeichen zeigen keine Parität', 'The characters show no parity'),
        symptom=Text('Die Zeichen sind lesbar, zeigen aber keine Parität[: {wrong} von {count} scheinen falsch].',
                     'The characters are readable but show no parity[: {wrong} of {count} seem wrong].'),
        cause=Text('Der Zähler sendet 8N1, oder ein Adapter oder Server entfernt die Parität, doch parity: software verlangt '
                   'sie.',
                   'The meter sends 8N1, or an adapter or server strips the parity, whereas parity: software demands it.'),
        remedy=Text('Den Parameter parity auf auto setzen.',
                    'Set the parameter parity to auto.'),
        parameters=('parity',)),
    'parity_not_heeded': Kind(
        title=Text('Die Parität wurde als Datenbit gelesen', 'The parity was taken for a data bit'),
        symptom=Text('Die Zeichen tragen gerade Parität[ ({high} von {count} haben Bit 7)], sie wurden aber als 8N1 gelesen.',
                     'The characters carry even parity[ ({high} of {count} have bit 7)], but were read as 8N1.'),
        cause=Text('Der Zähler sendet 7E1, doch parity: none sieht darin acht Datenbits.',
                   'The meter sends 7E1, whereas parity: none takes all eight bits for data.'),
        remedy=Text('Den Parameter parity auf auto setzen.',
                    'Set the parameter parity to auto.'),
        parameters=('parity',)),
    'sends_by_itself': Kind(
        title=Text('Der Zähler sendet ungefragt', 'The meter sends without being asked'),
        symptom=Text('Der Zähler sendet ungefragt[, {bursts}-mal während einer Anfrage][, lesbar bei {speed} Bd].',
                     'The meter sends without being asked[, {bursts} times after one request][, readable at {speed} Bd].'),
        cause=Text('Es ist ein Zähler, der von selbst sendet (Modus D oder ein anderes Protokoll wie SML).',
                   'It is a meter that sends by itself (mode D, or another protocol like SML).'),
        remedy=Text('only_listen: True setzen, mit baudrate: 300 werden alle üblichen Geschwindigkeiten versucht.',
                    'Set only_listen: True; with baudrate: 300 all usual speeds are tried.'),
        parameters=('only_listen', 'baudrate')),
    'other_speed': Kind(
        title=Text('Unlesbare Zeichen: andere Geschwindigkeit oder anderes Protokoll',
                   'Unreadable characters: another speed or protocol'),
        symptom=Text('Es kamen Zeichen[ ({count} bei {ports} Bd, {percent} % unbrauchbar)], aber keine, die richtig sein '
                     'können[; ihr Muster ist das von {speed} Bd].',
                     'Characters came[ ({count} at {ports} Bd, {percent} % unusable)], but none that can be right[; their '
                     'pattern is that of {speed} Bd].'),
        cause=Text('Der Zähler sendet mit einer anderen Geschwindigkeit oder in einem anderen Protokoll, oder es ist Fremdlicht.',
                   'The meter sends at another speed or in another protocol, or it is stray light.'),
        remedy=Text('Den Parameter baudrate setzen[ ({speed})], und only_listen: True, falls der Zähler von selbst sendet.',
                    'Set the parameter baudrate[ ({speed})], and only_listen: True if the meter sends by itself.'),
        parameters=('baudrate', 'only_listen')),
    'noise': Kind(
        title=Text('Nur Störungen, keine Antwort', 'Only noise, no answer'),
        symptom=Text('Es kamen nur einzelne Zeichen[, {count}], die nichts bedeuten.',
                     'Only single characters came[, {count}], which mean nothing.'),
        cause=Text('Das sind Störungen, etwa Fremdlicht oder das Einschalten des Lesekopfs; der Zähler antwortet nicht.',
                   'That is noise, like stray light or the head being switched on; the meter does not answer.'),
        remedy=Text('Den Lesekopf ausrichten und abschatten.',
                    'Align the head and shade it.')),
    'no_identification': Kind(
        title=Text('Es kam keine Identifikation', 'No identification came'),
        symptom=Text('Es kamen lesbare Zeichen[, {count}], aber keine Identifikation.',
                     'Readable characters came[, {count}], but no identification.'),
        cause=Text('Die Antwort wurde erst in der Mitte gehört, oder der Zähler spricht ein anderes Protokoll.',
                   'The answer was heard from its middle only, or the meter speaks another protocol.'),
        remedy=Text('only_listen: True versuchen; bleibt es dabei, die Sitzung mit --record speichern und melden.',
                    'Try only_listen: True; if it stays like this, store the session with --record and report it.'),
        parameters=('only_listen',)),
    # the dialogue after the identification
    'reserved_speed': Kind(
        title=Text('Der Zähler bietet eine reservierte Geschwindigkeit an', 'The meter offers a reserved speed'),
        symptom=Text('Der Zähler[ {identification}] bietet eine reservierte Geschwindigkeit an[ (Z = {character})] und sendet '
                     'dann keine Daten.',
                     'The meter[ {identification}] offers a reserved speed[ (Z = {character})] and then sends no data.'),
        cause=Text('Was dieses Zeichen bedeutet, weiß nur der Hersteller; gelesen wurde mit 300 Bd.',
                   'Only the manufacturer knows what this character means; 300 Bd were used.'),
        remedy=Text('Die Anleitung des Zählers nach der Geschwindigkeit durchsuchen und die Sitzung melden (--record).',
                    'Look for the speed in the manual of the meter, and report the session (--record).')),
    'acknowledgement_late': Kind(
        title=Text('Die Quittung kam zu spät beim Zähler an', 'The acknowledgement reached the meter too late'),
        symptom=Text('Die Quittung kam zu spät beim Zähler an[, {seconds} s nach der Identifikation], die Daten blieben aus.',
                     'The acknowledgement reached the meter too late[, {seconds} s after the identification], and the data did '
                     'not come.'),
        cause=Text('Ein Zähler wartet nur 1,5 s; der Adapter oder das Netz hält Zeichen zurück.',
                   'A meter waits only 1.5 s; the adapter or the network holds characters back.'),
        remedy=Text('Das Zwischenpuffern abstellen (latency_timer des USB-Adapters, Wartezeit des Servers) oder baudrate_fix: '
                    'True setzen.',
                    'Switch off the buffering (latency_timer of the USB adapter, packing time of the server), or set '
                    'baudrate_fix: True.'),
        parameters=('baudrate_fix',)),
    'data_at_sign_on_speed': Kind(
        title=Text('Der Zähler blieb bei 300 Bd', 'The meter stayed at 300 Bd'),
        symptom=Text('Der Zähler[ {identification}] sendete die Daten mit 300 Bd[, während die Schnittstelle auf {speed} Bd '
                     'stand: {count} unbrauchbare Zeichen].',
                     'The meter[ {identification}] sent its data at 300 Bd[, while the port was at {speed} Bd: {count} unusable '
                     'characters].'),
        cause=Text('Er hat die Quittung nicht verstanden, oder sie kam zu spät.',
                   'It did not understand the acknowledgement, or that came too late.'),
        remedy=_STAY_AT_300,
        parameters=('baudrate_fix',)),
    'acknowledgement_echoed': Kind(
        title=Text('Nach der Identifikation kam nur das Echo der Quittung',
                   'After the identification only the echo of the acknowledgement came'),
        symptom=Text('Nach der Identifikation[ {identification}] kam nur das Echo der Quittung.',
                     'After the identification[ {identification}] only the echo of the acknowledgement came.'),
        cause=Text('Der Zähler hat die Quittung nicht verstanden, oder der Lesekopf überträgt die Geschwindigkeit danach'
                   '[, {speed} Bd,] nicht.',
                   'The meter did not understand the acknowledgement, or the head does not pass the speed after it'
                   '[, {speed} Bd].'),
        remedy=_STAY_AT_300,
        parameters=('baudrate_fix',)),
    'acknowledgement_ignored': Kind(
        title=Text('Nach der Quittung kam nichts mehr', 'Nothing came after the acknowledgement'),
        symptom=Text('Nach der Identifikation[ {identification}] und der Quittung kam nichts mehr.',
                     'After the identification[ {identification}] and the acknowledgement nothing came.'),
        cause=Text('Der Lesekopf überträgt die neue Geschwindigkeit[, {speed} Bd,] nicht, oder der Zähler hörte die Quittung '
                   'nicht.',
                   'The head does not pass the new speed[, {speed} Bd], or the meter did not hear the acknowledgement.'),
        remedy=_STAY_AT_300,
        parameters=('baudrate_fix',)),
    'no_data': Kind(
        title=Text('Nach der Identifikation kamen keine Daten', 'No data came after the identification'),
        symptom=Text('Nach der Identifikation[ {identification}] kamen keine Daten[ mit {speed} Bd].',
                     'After the identification[ {identification}] no data came[ at {speed} Bd].'),
        cause=Text('Der Zähler gibt seine Daten so nicht her, oder der Lesekopf überträgt diese Geschwindigkeit nicht.',
                   'The meter does not give its data that way, or the head does not pass this speed.'),
        remedy=Text('Einen anderen querycode versuchen (manche Zähler brauchen 2 oder #) und den Lesekopf besser ausrichten.',
                    'Try another querycode (some meters need 2 or #), and align the head better.'),
        parameters=('querycode',)),
    'data_at_other_speed': Kind(
        title=Text('Die Daten kamen mit einer anderen Geschwindigkeit', 'The data came at another speed'),
        symptom=Text('Nach der Identifikation[ {identification}] waren die Zeichen unbrauchbar[: {percent} % von {count} bei '
                     '{speed} Bd].',
                     'After the identification[ {identification}] the characters were unusable[: {percent} % of {count} at '
                     '{speed} Bd].'),
        cause=Text('Der Zähler sendet die Daten mit einer anderen Geschwindigkeit, als die Schnittstelle sie hat.',
                   'The meter sends its data at another speed than that of the port.'),
        remedy=Text('baudrate_fix ändern: False folgt dem Angebot des Zählers, True bleibt bei der eingestellten '
                    'Geschwindigkeit.',
                    'Change baudrate_fix: False follows the offer of the meter, True stays at the speed that is set.'),
        parameters=('baudrate_fix',)),
    # the data
    'endless': Kind(
        title=Text('Der Zähler wiederholt seine Daten ohne Ende', 'The meter repeats its data without end'),
        symptom=Text('Der Zähler wiederholt seine Daten ohne Ende[: {count} Zeichen in {seconds} s].',
                     'The meter repeats its data without end[: {count} characters in {seconds} s].'),
        cause=Text('Das Ende der Daten fehlt, oder der Zähler ist in einem Testbetrieb.',
                   'The end of the data is missing, or the meter is in a test mode.'),
        remedy=Text('Den Zähler am Taster in die normale Anzeige bringen; bleibt es dabei, die Sitzung melden (--record).',
                    'Bring the meter back to its normal display with its button; if it stays like this, report the session '
                    '(--record).')),
    'too_long': Kind(
        title=Text('Die Auslesung dauerte länger als erlaubt', 'The readout took longer than allowed'),
        symptom=Text('Die Auslesung dauerte länger als erlaubt[: {count} Zeichen in {limit} s, zuletzt mit {speed} Bd].',
                     'The readout took longer than allowed[: {count} characters in {limit} s, at {speed} Bd in the end].'),
        cause=Text('Der Zähler sendet mehr, als in dieser Zeit übertragen werden kann.',
                   'The meter sends more than can be transmitted in that time.'),
        remedy=Text('Den Parameter max_duration erhöhen, baudrate_fix: False setzen oder mit querycode eine kürzere Tabelle '
                    'lesen.',
                    'Raise the parameter max_duration, set baudrate_fix: False, or read a shorter table with querycode.'),
        parameters=('max_duration', 'baudrate_fix', 'querycode')),
    'bad_characters': Kind(
        title=Text('Zeichen kamen verfälscht an', 'Characters arrived damaged'),
        symptom=Text('Zeichen kamen verfälscht an[: {percent} %, {wrong} von {count} mit falscher Parität].',
                     'Characters arrived damaged[: {percent} %, {wrong} of {count} with wrong parity].'),
        cause=Text('Das Licht ist zu schwach oder gestört: der Lesekopf sitzt schief, ist verschmutzt, oder Fremdlicht kommt '
                   'dazu.',
                   'The light is too weak or disturbed: the head sits askew, is dirty, or there is stray light.'),
        remedy=Text('Den Lesekopf reinigen, ausrichten und abschatten. Hilft das nicht, baudrate_fix: True setzen.',
                    'Clean, align and shade the head. If that does not help, set baudrate_fix: True.'),
        parameters=('baudrate_fix',)),
    'other_checksum': Kind(
        title=Text('Das Prüfzeichen wird auf die andere Art gebildet', 'The block check character is made in the other way'),
        symptom=Text('Das Prüfzeichen passt nicht, auf die andere Art gebildet passt es aber[: {checksum}].',
                     'The block check character does not fit, but made in the other way it does[: {checksum}].'),
        cause=Text('Der Zähler bildet sein Prüfzeichen anders, als der Parameter checksum es verlangt.',
                   'The meter makes its block check character in another way than the parameter checksum demands.'),
        remedy=Text('Den Parameter checksum[ auf {checksum}] umstellen.',
                    'Change the parameter checksum[ to {checksum}].'),
        parameters=('checksum',)),
    'wrong_check': Kind(
        title=Text('Das Prüfzeichen ist falsch', 'The block check is wrong'),
        symptom=Text('Die Daten kamen vollständig an[, {count} Zeichen, {blocks}-mal], aber das Prüfzeichen ist falsch.',
                     'The data came whole[, {count} characters, {blocks} times], but the block check is wrong.'),
        cause=Text('Der Zähler rechnet anders, oder Zeichen wurden verfälscht, ohne dass es an ihnen zu sehen ist.',
                   'The meter computes it in another way, or characters were damaged without showing it.'),
        remedy=Text('Den Lesekopf ausrichten und mit parity: auto lesen. Sind die Werte immer richtig, use_checksum: False '
                    'setzen.',
                    'Align the head and read with parity: auto. If the values are always right, set use_checksum: False.'),
        parameters=('parity', 'use_checksum')),
    'stx_missing': Kind(
        title=Text('Der Anfang der Daten (STX) fehlt', 'The beginning of the data (STX) is missing'),
        symptom=Text('Das Ende der Daten kam an, ihr Anfang (STX) nicht[: {count} Zeichen bei {speed} Bd].',
                     'The end of the data came, but not its beginning (STX)[: {count} characters at {speed} Bd].'),
        cause=Text('Die ersten Zeichen gingen beim Wechsel der Geschwindigkeit verloren oder wurden verfälscht.',
                   'The first characters were lost at the change of speed, or damaged.'),
        remedy=Text('baudrate_fix: True setzen, dann entfällt der Wechsel. Sind die Werte richtig, genügt use_checksum: False.',
                    'Set baudrate_fix: True, then there is no change. If the values are right, use_checksum: False is enough.'),
        parameters=('baudrate_fix', 'use_checksum')),
    'cut': Kind(
        title=Text('Die Daten brachen ab', 'The data broke off'),
        symptom=Text('Die Daten brachen ab[, nach {count} Zeichen bei {speed} Bd][; dann war es {gap} s still].',
                     'The data broke off[, after {count} characters at {speed} Bd][; then it was silent for {gap} s].'),
        cause=Text('Der Lesekopf verrutschte, der Zähler brach ab, oder der Adapter verlor Zeichen.',
                   'The head slipped, the meter stopped, or the adapter lost characters.'),
        remedy=Text('Den Lesekopf befestigen und noch einmal lesen. Hilft das nicht, baudrate_fix: True setzen.',
                    'Fasten the head and read again. If that does not help, set baudrate_fix: True.'),
        parameters=('baudrate_fix',)),
    'parity_unseen': Kind(
        title=Text('Nichts bürgt für die Daten', 'Nothing vouches for the data'),
        symptom=Text('Die Daten haben kein Prüfzeichen, und die Schnittstelle[ {port}] prüft die Parität nicht.',
                     'The data has no check character, and the port[ {port}] does not check the parity.'),
        cause=Text('Mit parity: even soll das der Adapter tun, sein Treiber kann es aber nicht.',
                   'With parity: even the adapter has to do that, but its driver cannot.'),
        remedy=Text('Den Parameter parity auf auto setzen.',
                    'Set the parameter parity to auto.'),
        parameters=('parity',)),
    'unconfirmed': Kind(
        title=Text('Keine zweite Kopie bestätigt die Daten', 'No second copy confirms the data'),
        symptom=Text('Die Daten kamen unversehrt an[, {count} Zeichen], aber keine zweite Kopie bestätigt sie.',
                     'The data came undamaged[, {count} characters], but no second copy confirms it.'),
        cause=Text('Das Licht war zuletzt gestört, und dann kann auch ein scheinbar richtiger Block verfälscht sein.',
                   'The light was disturbed lately, and then even a block that seems right may be damaged.'),
        remedy=Text('Den Lesekopf reinigen, ausrichten und abschatten. Ist das Licht wieder gut, vergeht dieser Zustand von '
                    'selbst.',
                    'Clean, align and shade the head. When the light is good again, this state ends by itself.')),
    'waits_for_copy': Kind(
        title=Text('Wartet auf eine zweite Kopie', 'Waits for a second copy'),
        symptom=Text('Die Daten kamen unversehrt an, sehen aber anders aus als zuvor, und keine zweite Kopie bestätigt sie.',
                     'The data came undamaged, but looks different from before, and no second copy confirms it.'),
        cause=Text('Das macht eine Rückstellung, neue Firmware oder ein anderer Zähler, oder es gingen Zeichen verloren.',
                   'A billing reset, new firmware or another meter does that, or characters got lost.'),
        remedy=Text('Die nächste Auslesung bestätigt sie von selbst. Wer sicher ist, übernimmt sie auf der Seite des Plugins.',
                    'The next readout confirms it by itself. If you are sure, accept it now on the page of the plugin.')),
    'another_meter': Kind(
        title=Text('Ein anderer Zähler antwortet', 'Another meter answers'),
        symptom=Text('Es antwortet ein anderer Zähler[: Nummer {found} statt {wanted}].',
                     'Another meter answers[: number {found} instead of {wanted}].'),
        cause=Text('Leseköpfe sind vertauscht, oder der Zähler wurde gewechselt.',
                   'Heads are swapped, or the meter was exchanged.'),
        remedy=Text('Die Leseköpfe tauschen. Gehört dieser Zähler hierher, seine Nummer in meter_number eintragen.',
                    'Swap the heads. If this meter belongs here, put its number into meter_number.'),
        parameters=('meter_number',)),
    'no_programming_mode': Kind(
        title=Text('Der Zähler kennt keinen Programmiermodus', 'The meter has no programming mode'),
        symptom=Text('Der Zähler[ {identification}] beginnt keine Sitzung, in der einzelne Register gelesen werden.',
                     'The meter[ {identification}] begins no session in which single registers are read.'),
        cause=Text('Viele Zähler können das nicht, andere erst nach einer Freischaltung.',
                   'Many meters cannot do that, others only after it was enabled.'),
        remedy=Text('registers leeren und die ganze Tabelle lesen. Den Netzbetreiber fragen, ob er es freischaltet.',
                    'Empty registers and read the whole table. Ask the grid operator whether it can be enabled.'),
        parameters=('registers',)),
    'register_unknown': Kind(
        title=Text('Der Zähler kennt das Register nicht', 'The meter does not know the register'),
        symptom=Text('Der Zähler beantwortet die Frage nach dem Register[ {code}] mit einem Fehler[: {answer}].',
                     'The meter answers the question for the register[ {code}] with an error[: {answer}].'),
        cause=Text('Dieses Register hat er nicht, oder es heißt bei ihm anders.',
                   'It has no such register, or calls it by another name.'),
        remedy=Text('In registers einen anderen Code eintragen; welche der Zähler kennt, zeigen seine Anleitung und --detect.',
                    "Put another code into registers; which ones the meter knows is told by its manual and by --detect."),
        parameters=('registers',)),
    'register_forbidden': Kind(
        title=Text('Der Zähler verlangt ein Recht für das Register', 'The meter wants a right for the register'),
        symptom=Text('Der Zähler verweigert das Register[ {code}][: {answer}].',
                     'The meter refuses the register[ {code}][: {answer}].'),
        cause=Text('Er gibt es nur mit einem Passwort oder einer Freigabe am Zähler heraus.',
                   'It gives it only with a password, or when it is enabled at the meter.'),
        remedy=Text('Das Passwort zum Lesen in password eintragen, oft 00000000, bei manchen leer; ein falsches sperrt den '
                    'Zähler nach wenigen Versuchen.',
                    'Put the password for reading into password, often 00000000, with some empty; a wrong one locks the meter '
                    'after a few tries.'),
        parameters=('password',)),
    'unclear': Kind(
        title=Text('Die Auslesung ist misslungen', 'The readout failed'),
        symptom=Text('Die Auslesung gelang nicht[: {error}].',
                     'The readout failed[: {error}].'),
        cause=Text('Woran es liegt, zeigt die Aufzeichnung nicht.',
                   'The recording does not show why.'),
        remedy=Text('Noch einmal lesen; bleibt es dabei, die Sitzung mit --record speichern und melden.',
                    'Read again; if it stays like this, store the session with --record and report it.')),
}
