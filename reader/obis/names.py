# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What an OBIS code means, in German and English, composed from its value groups.

Pure tables and their composition, after IEC 62056-61 and the public list of standard OBIS codes, the P1 companion
standards for what a P1 port adds, and what makers of heat meters publish for codes like 6.26. A code that none of them
gives a meaning has no name: manufacturer specific ranges (C from 128, D 50 to 99 of C = 96) stay without.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from .codes import Groups, split
from .data_sets import DataSet

Text = tuple[str, str]      # German, English
LANGUAGES = ('de', 'en')


class Name(NamedTuple):
    """The parts of a name, each '' where it says nothing: what is measured, which value of it, tariff, billing period."""

    quantity: str
    kind: str = ''
    rate: str = ''
    period: str = ''

    def __str__(self) -> str:
        head = ' '.join(filter(None, (self.quantity, self.rate if not self.kind else '')))
        kind = ' '.join(filter(None, (self.kind, self.rate))) if self.kind else ''
        return ', '.join(filter(None, (head, kind, self.period)))


# ------------------------------------------------------------------------------------------- electricity: groups C and D

# C 1 to 20 the sum of the phases, +20 for L1, +40 for L2, +60 for L3: what is measured, and its direction.
_POWERS: dict[int, Text] = {
    1: ('Wirk{} Bezug', 'Active {} import'),
    2: ('Wirk{} Einspeisung', 'Active {} export'),
    3: ('Blind{} Bezug', 'Reactive {} import'),
    4: ('Blind{} Einspeisung', 'Reactive {} export'),
    5: ('Blind{} Quadrant I', 'Reactive {} quadrant I'),
    6: ('Blind{} Quadrant II', 'Reactive {} quadrant II'),
    7: ('Blind{} Quadrant III', 'Reactive {} quadrant III'),
    8: ('Blind{} Quadrant IV', 'Reactive {} quadrant IV'),
    9: ('Schein{} Bezug', 'Apparent {} import'),
    10: ('Schein{} Einspeisung', 'Apparent {} export'),
    15: ('Wirk{} Bezug plus Einspeisung', 'Active {} import plus export'),
    16: ('Wirk{} Bezug minus Einspeisung', 'Active {} import minus export'),
    17: ('Wirk{} Quadrant I', 'Active {} quadrant I'),
    18: ('Wirk{} Quadrant II', 'Active {} quadrant II'),
    19: ('Wirk{} Quadrant III', 'Active {} quadrant III'),
    20: ('Wirk{} Quadrant IV', 'Active {} quadrant IV'),
}
_QUANTITIES: dict[int, Text] = {
    11: ('Strom', 'Current'),
    12: ('Spannung', 'Voltage'),
    13: ('Leistungsfaktor', 'Power factor'),
    14: ('Frequenz', 'Frequency'),
}
_WHOLE: dict[int, Text] = {
    82: ('Einheitenlose Größe', 'Unitless quantity'),
    84: ('Leistungsfaktor Einspeisung', 'Power factor export'),
    85: ('Leistungsfaktor Einspeisung L1', 'Power factor export L1'),
    86: ('Leistungsfaktor Einspeisung L2', 'Power factor export L2'),
    87: ('Leistungsfaktor Einspeisung L3', 'Power factor export L3'),
    88: ('Amperequadratstunden', 'Ampere-squared hours'),
    89: ('Voltquadratstunden', 'Volt-squared hours'),
    90: ('Strom Summe der Phasen', 'Current sum of the phases'),
    91: ('Strom Neutralleiter', 'Current neutral'),
    92: ('Spannung Neutralleiter', 'Voltage neutral'),
}
_ENERGY: Text = ('energie', 'energy')
_POWER: Text = ('leistung', 'power')
_INTEGRALS = {8, 9, 10, 17, 18, 19, 20, 29, 30, 58}
_KINDS: dict[int, Text] = {
    0: ('Mittelwert der Abrechnungsperiode', 'average of the billing period'),
    1: ('kumuliertes Minimum', 'cumulative minimum'),
    2: ('kumuliertes Maximum', 'cumulative maximum'),
    3: ('Minimum', 'minimum'),
    4: ('Mittelwert der laufenden Messperiode', 'average of the current measuring period'),
    5: ('Mittelwert der letzten Messperiode', 'average of the last measuring period'),
    6: ('Maximum', 'maximum'),
    7: ('Momentanwert', 'instantaneous value'),
    8: ('', ''),
    9: ('seit der letzten Rückstellung', 'since the last reset'),
    10: ('Zeitintegral 3', 'time integral 3'),
    11: ('kumuliertes Minimum 2', 'cumulative minimum 2'),
    12: ('kumuliertes Maximum 2', 'cumulative maximum 2'),
    13: ('Minimum 2', 'minimum 2'),
    14: ('Mittelwert 2 der laufenden Messperiode', 'average 2 of the current measuring period'),
    15: ('Mittelwert 2 der letzten Messperiode', 'average 2 of the last measuring period'),
    16: ('Maximum 2', 'maximum 2'),
    17: ('Zeitintegral 7', 'time integral 7'),
    18: ('Zeitintegral 8', 'time integral 8'),
    19: ('Zeitintegral 9', 'time integral 9'),
    20: ('Zeitintegral 10', 'time integral 10'),
    21: ('kumuliertes Minimum 3', 'cumulative minimum 3'),
    22: ('kumuliertes Maximum 3', 'cumulative maximum 3'),
    23: ('Minimum 3', 'minimum 3'),
    24: ('Mittelwert 3 der laufenden Messperiode', 'average 3 of the current measuring period'),
    25: ('Mittelwert 3 der letzten Messperiode', 'average 3 of the last measuring period'),
    26: ('Maximum 3', 'maximum 3'),
    27: ('Mittelwert 5 der laufenden Messperiode', 'average 5 of the current measuring period'),
    28: ('Mittelwert 6 der laufenden Messperiode', 'average 6 of the current measuring period'),
    29: ('je Registrierperiode', 'per recording interval'),
    30: ('je Registrierperiode 2', 'per recording interval 2'),
    46: ('Vertragswert', 'contracted value'),
    55: ('Prüfwert', 'test average'),
    58: ('Zeitintegral der Prüfung', 'test time integral'),
}
# Supervision of voltage and current; of what a power register could mean by them no meter is known.
_SUPERVISION: dict[int, Text] = {
    31: ('Schwelle für Unterschreitung', 'under limit threshold'),
    32: ('Anzahl der Unterschreitungen', 'number of under limit events'),
    33: ('Dauer der Unterschreitung', 'duration of under limit'),
    34: ('Betrag der Unterschreitung', 'magnitude of under limit'),
    35: ('Schwelle für Überschreitung', 'over limit threshold'),
    36: ('Anzahl der Überschreitungen', 'number of over limit events'),
    37: ('Dauer der Überschreitung', 'duration of over limit'),
    38: ('Betrag der Überschreitung', 'magnitude of over limit'),
    39: ('Schwelle für Ausfall', 'missing threshold'),
    40: ('Anzahl der Ausfälle', 'number of missing events'),
    41: ('Dauer des Ausfalls', 'duration of missing'),
    42: ('Betrag des Ausfalls', 'magnitude of missing'),
}
# What P1 ports call 31.4.0 (51, 71): the current above which they report or disconnect, not an average.
_FUSE: Text = ('Schwelle der Sicherungsüberwachung', 'fuse supervision threshold')
_ANGLE_OF = {'0': 'U(L1)', '1': 'U(L2)', '2': 'U(L3)', '4': 'I(L1)', '5': 'I(L2)', '6': 'I(L3)', '7': 'I(N)'}

_TOTAL: Text = ('gesamt', 'total')
_RATE: Text = ('Tarif {}', 'tariff {}')
_FUNDAMENTAL: Text = ('der Grundschwingung', 'of the fundamental')       # E of instantaneous voltages and currents
_HARMONIC: Text = ('der {}. Harmonischen', 'of harmonic {}')
_PERIOD: Text = ('Vorwert {}', 'billing period {}')
_MANUAL: Text = ('Vorwert {} (manuell zurückgestellt)', 'billing period {} (manual reset)')

# ------------------------------------------------------------------------------------------- what is no measured quantity

# C.D.E of the medium electricity, C.D with any E after '#'. Of 0.1.3 tables and meters differ: it has no name.
_GENERAL: dict[str, Text] = {
    '0.0.0': ('Zählernummer', 'Meter number'),
    '0.0.#': ('Kennung {1}', 'Identification {1}'),
    '0.1.0': ('Rückstellzähler', 'Billing period counter'),
    '0.1.1': ('Anzahl verfügbarer Vorwerte', 'Number of available billing periods'),
    '0.1.2': ('Zeitpunkt der Rückstellung', 'Time of the billing reset'),
    '0.1.4': ('Anzahl verfügbarer Vorwerte 2', 'Number of available billing periods 2'),
    '0.1.5': ('Zeitpunkt der Rückstellung 2', 'Time of the billing reset 2'),
    '0.2.0': ('Firmware-Version', 'Firmware version'),
    '0.2.1': ('Parametersatznummer', 'Parameter record number'),
    '0.2.2': ('Schaltuhrprogrammnummer', 'Time switch program number'),
    '0.2.3': ('Rundsteuerprogrammnummer', 'Ripple control program number'),
    '0.2.4': ('Schaltbildnummer', 'Connection diagram number'),
    '0.2.7': ('Name des passiven Kalenders', 'Passive calendar name'),
    '0.2.8': ('Signatur der Firmware', 'Firmware signature'),
    '0.3.0': ('Impulskonstante Wirkenergie, LED', 'Meter constant active energy, LED'),
    '0.3.1': ('Impulskonstante Blindenergie, LED', 'Meter constant reactive energy, LED'),
    '0.3.2': ('Impulskonstante Scheinenergie, LED', 'Meter constant apparent energy, LED'),
    '0.3.3': ('Impulskonstante Wirkenergie, Ausgang', 'Meter constant active energy, output'),
    '0.3.4': ('Impulskonstante Blindenergie, Ausgang', 'Meter constant reactive energy, output'),
    '0.3.5': ('Impulskonstante Scheinenergie, Ausgang', 'Meter constant apparent energy, output'),
    '0.4.0': ('Ablesefaktor Leistung', 'Reading factor power'),
    '0.4.1': ('Ablesefaktor Energie', 'Reading factor energy'),
    '0.4.2': ('Stromwandlerverhältnis, Zähler', 'Current transformer ratio, numerator'),
    '0.4.3': ('Spannungswandlerverhältnis, Zähler', 'Voltage transformer ratio, numerator'),
    '0.4.4': ('Wandlerverhältnis gesamt, Zähler', 'Overall transformer ratio, numerator'),
    '0.4.5': ('Stromwandlerverhältnis, Nenner', 'Current transformer ratio, denominator'),
    '0.4.6': ('Spannungswandlerverhältnis, Nenner', 'Voltage transformer ratio, denominator'),
    '0.4.7': ('Wandlerverhältnis gesamt, Nenner', 'Overall transformer ratio, denominator'),
    '0.6.0': ('Nennspannung', 'Nominal voltage'),
    '0.6.1': ('Nennstrom', 'Nominal current'),
    '0.6.2': ('Nennfrequenz', 'Nominal frequency'),
    '0.6.3': ('Höchststrom', 'Maximum current'),
    '0.6.4': ('Referenzspannung der Netzqualität', 'Reference voltage for power quality'),
    '0.8.0': ('Messperiode 1', 'Measuring period 1'),
    '0.8.1': ('Messperiode 2', 'Measuring period 2'),
    '0.8.2': ('Messperiode 3', 'Measuring period 3'),
    '0.8.3': ('Messperiode 4', 'Measuring period 4'),
    '0.8.4': ('Registrierperiode 1', 'Recording interval 1'),
    '0.8.5': ('Registrierperiode 2', 'Recording interval 2'),
    '0.8.6': ('Abrechnungsperiode 1', 'Billing period 1'),
    '0.8.7': ('Abrechnungsperiode 2', 'Billing period 2'),
    '0.9.0': ('Zeit seit der letzten Rückstellung', 'Time since the last reset'),
    '0.9.1': ('Uhrzeit', 'Time'),
    '0.9.2': ('Datum', 'Date'),
    '0.9.5': ('Wochentag', 'Day of the week'),
    '0.9.6': ('Uhrzeit der letzten Rückstellung', 'Time of the last reset'),
    '0.9.7': ('Datum der letzten Rückstellung', 'Date of the last reset'),
    '0.9.8': ('Impulsdauer des Ausgangs', 'Output pulse duration'),
    '0.9.9': ('Fenster der Uhrensynchronisation', 'Clock synchronisation window'),
    '0.9.10': ('Art der Uhrensynchronisation', 'Clock synchronisation method'),
}
# Of the abstract medium and of P1 ports; a channel from 1 is a device behind the meter, as a gas meter.
_ABSTRACT: dict[str, Text] = {
    '1.0.0': ('Datum und Uhrzeit', 'Date and time'),
    '17.0.0': ('Leistungsbegrenzung', 'Power limit'),
    '42.0.0': ('Logischer Gerätename', 'Logical device name'),
    '24.1.0': ('Gerätetyp', 'Device type'),
    '24.2.1': ('Zählerstand', 'Meter reading'),
    '24.2.3': ('Zählerstand ohne Temperaturkorrektur', 'Meter reading, not temperature corrected'),
    '24.3.0': ('Stündliche Zählerstände', 'Hourly meter readings'),
    '24.4.0': ('Schalter- oder Ventilstellung', 'Switch or valve position'),
}
# C = 96, which EDIS writes as C; lists and profiles, which it writes as L and P; errors, which it writes as F.
_SERVICE: dict[str, Text] = {
    '96.1.0': ('Seriennummer', 'Serial number'),
    '96.1.10': ('Messstellenbezeichnung', 'Metering point ID'),
    '96.1.255': ('Fabriknummer', 'Manufacturing number'),
    '96.1.#': ('Gerätekennung {1}', 'Device ID {1}'),
    '96.2.0': ('Anzahl der Parametrierungen', 'Number of configuration changes'),
    '96.2.1': ('Zeitpunkt der letzten Parametrierung', 'Time of the last configuration change'),
    '96.2.2': ('Zeitpunkt der letzten Schaltuhränderung', 'Time of the last time switch program change'),
    '96.2.3': ('Zeitpunkt der letzten Rundsteueränderung', 'Time of the last ripple control program change'),
    '96.2.4': ('Zustand der Sicherheitsschalter', 'Status of the security switches'),
    '96.2.5': ('Zeitpunkt der letzten Kalibrierung', 'Time of the last calibration'),
    '96.2.6': ('Zeitpunkt der nächsten Parametrierung', 'Time of the next configuration change'),
    '96.2.7': ('Aktivierung des passiven Kalenders', 'Activation of the passive calendar'),
    '96.2.10': ('Anzahl geschützter Parametrierungen', 'Number of protected configuration changes'),
    '96.2.11': ('Zeitpunkt der letzten geschützten Parametrierung', 'Time of the last protected configuration change'),
    '96.2.12': ('Zeitpunkt der letzten Uhrstellung', 'Time of the last clock setting'),
    '96.2.13': ('Zeitpunkt der letzten Firmware-Aktivierung', 'Time of the last firmware activation'),
    '96.3.0': ('Zustand der Ein- und Ausgänge', 'State of the inputs and outputs'),
    '96.3.1': ('Zustand der Eingänge', 'State of the inputs'),
    '96.3.2': ('Zustand der Ausgänge', 'State of the outputs'),
    '96.3.3': ('Zustand der Ein- und Ausgänge 3', 'State of the inputs and outputs 3'),
    '96.3.4': ('Zustand der Ein- und Ausgänge 4', 'State of the inputs and outputs 4'),
    '96.3.10': ('Schalterstellung', 'Switch position'),
    '96.4.0': ('Interne Steuersignale', 'Internal control signals'),
    '96.4.#': ('Interne Steuersignale {0}', 'Internal control signals {0}'),
    '96.5.0': ('Interner Betriebszustand', 'Internal operating status'),
    '96.5.#': ('Interner Betriebszustand {0}', 'Internal operating status {0}'),
    '96.6.0': ('Betriebszeit der Batterie', 'Battery use time'),
    '96.6.1': ('Ladezustand der Batterie', 'Battery charge'),
    '96.6.2': ('Zeitpunkt des nächsten Batteriewechsels', 'Time of the next battery change'),
    '96.6.3': ('Spannung der Batterie', 'Battery voltage'),
    '96.6.4': ('Anfangskapazität der Batterie', 'Initial battery capacity'),
    '96.6.5': ('Einbau der Batterie', 'Battery installation'),
    '96.6.6': ('Restlaufzeit der Batterie', 'Remaining battery use time'),
    '96.6.10': ('Betriebszeit der Hilfsversorgung', 'Auxiliary supply use time'),
    '96.6.11': ('Spannung der Hilfsversorgung', 'Auxiliary supply voltage'),
    '96.7.0': ('Anzahl der Netzausfälle, alle Phasen', 'Number of power failures, all phases'),
    '96.7.1': ('Anzahl der Netzausfälle L1', 'Number of power failures L1'),
    '96.7.2': ('Anzahl der Netzausfälle L2', 'Number of power failures L2'),
    '96.7.3': ('Anzahl der Netzausfälle L3', 'Number of power failures L3'),
    '96.7.4': ('Anzahl der Ausfälle der Hilfsversorgung', 'Number of auxiliary supply failures'),
    '96.7.5': ('Anzahl langer Netzausfälle, alle Phasen', 'Number of long power failures, all phases'),
    '96.7.6': ('Anzahl langer Netzausfälle L1', 'Number of long power failures L1'),
    '96.7.7': ('Anzahl langer Netzausfälle L2', 'Number of long power failures L2'),
    '96.7.8': ('Anzahl langer Netzausfälle L3', 'Number of long power failures L3'),
    '96.7.9': ('Anzahl langer Netzausfälle, irgendeine Phase', 'Number of long power failures, any phase'),
    '96.7.10': ('Zeitpunkt des Netzausfalls, alle Phasen', 'Time of the power failure, all phases'),
    '96.7.11': ('Zeitpunkt des Netzausfalls L1', 'Time of the power failure L1'),
    '96.7.12': ('Zeitpunkt des Netzausfalls L2', 'Time of the power failure L2'),
    '96.7.13': ('Zeitpunkt des Netzausfalls L3', 'Time of the power failure L3'),
    '96.7.14': ('Zeitpunkt des Netzausfalls, irgendeine Phase', 'Time of the power failure, any phase'),
    '96.7.15': ('Dauer des langen Netzausfalls, alle Phasen', 'Duration of the long power failure, all phases'),
    '96.7.16': ('Dauer des langen Netzausfalls L1', 'Duration of the long power failure L1'),
    '96.7.17': ('Dauer des langen Netzausfalls L2', 'Duration of the long power failure L2'),
    '96.7.18': ('Dauer des langen Netzausfalls L3', 'Duration of the long power failure L3'),
    '96.7.19': ('Dauer des langen Netzausfalls, irgendeine Phase', 'Duration of the long power failure, any phase'),
    '96.7.20': ('Mindestdauer langer Netzausfälle', 'Time threshold of long power failures'),
    '96.7.21': ('Anzahl der Netzausfälle, irgendeine Phase', 'Number of power failures, any phase'),
    '96.8.0': ('Betriebszeit', 'Time of operation'),
    '96.8.#': ('Betriebszeit Tarif {0}', 'Time of operation tariff {0}'),
    '96.9.0': ('Umgebungstemperatur', 'Ambient temperature'),
    '96.9.1': ('Luftdruck', 'Ambient pressure'),
    '96.9.2': ('Relative Luftfeuchte', 'Relative humidity'),
    '96.10.#': ('Statusregister {0}', 'Status register {0}'),
    '96.11.#': ('Ereigniscode {1}', 'Event code {1}'),
    '96.12.1': ('Anzahl der Verbindungen', 'Number of connections'),
    '96.12.5': ('GSM-Feldstärke', 'GSM field strength'),
    '96.12.6': ('Telefonnummer', 'Telephone number'),
    '96.13.0': ('Nachricht an den Verbraucher', 'Message to the consumer'),
    '96.13.1': ('Nachrichtencode', 'Message code'),
    '96.13.2': ('Nachricht an den Verbraucher 2', 'Message to the consumer 2'),
    '96.13.3': ('Nachricht an den Verbraucher 3', 'Message to the consumer 3'),
    '96.13.4': ('Nachricht an den Verbraucher 4', 'Message to the consumer 4'),
    '96.13.5': ('Nachricht an den Verbraucher 5', 'Message to the consumer 5'),
    '96.14.0': ('Aktueller Tarif', 'Current tariff'),
    '96.14.#': ('Aktueller Tarif {1}', 'Current tariff {1}'),
    '96.15.#': ('Ereigniszähler {1}', 'Event counter {1}'),
    '97.97.0': ('Fehlerregister', 'Error register'),
    '97.97.#': ('Fehlerregister {1}', 'Error register {1}'),
    '97.98.0': ('Alarmregister', 'Alarm register'),
    '97.98.#': ('Alarmregister {1}', 'Alarm register {1}'),
    '98.1.0': ('Daten der Abrechnungsperioden', 'Data of the billing periods'),
    '98.2.0': ('Daten der Abrechnungsperioden 2', 'Data of the billing periods 2'),
    '99.1.0': ('Lastgang', 'Load profile'),
    '99.2.0': ('Lastgang 2', 'Load profile 2'),
    '99.3.0': ('Lastgang während der Prüfung', 'Load profile during test'),
    '99.97.0': ('Netzausfallprotokoll', 'Power failure log'),
    '99.98.0': ('Betriebslogbuch', 'Event log'),
    '99.99.0': ('Eichtechnisches Logbuch', 'Certification data log'),
}
_EDIS = {'C': '96', 'F': '97', 'L': '98', 'P': '99'}
_ERROR_CODES = {('F', None), ('FF', None), ('F', 'F')}

# ------------------------------------------------------------------------------------------------------ heat, gas, water

# Reduced codes of heat meters; where the second group is an electricity meter's as well, only two groups mean heat.
_HEAT: dict[str, Text] = {
    '0.0': ('Zählernummer', 'Meter number'),
    '6.8': ('Wärmemenge', 'Heat energy'),
    '6.26': ('Volumen', 'Volume'),
    '6.6': ('Maximale Wärmeleistung', 'Maximum heat power'),
    '6.31': ('Betriebsstunden', 'Operating hours'),
    '6.32': ('Fehlstunden', 'Fault hours'),
    '6.33': ('Maximaler Durchfluss', 'Maximum flow'),
    '6.35': ('Messperiode der Maxima', 'Measuring period of the maxima'),
    '6.36': ('Stichtag', 'Set day'),
    '9.1': ('Einstellungen und Firmware', 'Settings and firmware'),
    '9.4': ('Maximale Vor- und Rücklauftemperatur', 'Maximum flow and return temperature'),
    '9.20': ('Gerätenummer', 'Device number'),
    '9.21': ('Eigentumsnummer', 'Ownership number'),
    '9.24': ('Nenndurchfluss', 'Nominal flow'),
    '9.31': ('Durchflussstunden', 'Flow hours'),
    '9.36': ('Datum und Uhrzeit', 'Date and time'),
}
_HEAT_RATE = {'6.8', '6.26'}
_HEAT_PERIOD: Text = ('Vorjahr', 'previous year')
_HEAT_SET_DAYS: dict[str, Text] = {'1': ('jährlich', 'yearly'), '2': ('monatlich', 'monthly')}
_MEDIUMS: dict[str, Text] = {
    '4': ('Heizkostenverteiler', 'Heat cost allocator'),
    '5': ('Kälte', 'Cooling'),
    '6': ('Wärme', 'Heat'),
    '7': ('Gas', 'Gas'),
    '8': ('Kaltwasser', 'Cold water'),
    '9': ('Warmwasser', 'Hot water'),
}
_MEDIUM_QUANTITIES: dict[tuple[str, str], Text] = {
    ('4', '1'): ('Verbrauchseinheiten', 'consumption units'),
    ('5', '1'): ('Energie', 'energy'), ('6', '1'): ('Energie', 'energy'),
    ('5', '2'): ('Volumen', 'volume'), ('6', '2'): ('Volumen', 'volume'),
    ('5', '8'): ('Leistung', 'power'), ('6', '8'): ('Leistung', 'power'),
    ('5', '9'): ('Durchfluss', 'flow'), ('6', '9'): ('Durchfluss', 'flow'),
    ('5', '10'): ('Vorlauftemperatur', 'flow temperature'), ('6', '10'): ('Vorlauftemperatur', 'flow temperature'),
    ('5', '11'): ('Rücklauftemperatur', 'return temperature'), ('6', '11'): ('Rücklauftemperatur', 'return temperature'),
    ('8', '1'): ('Volumen', 'volume'), ('9', '1'): ('Volumen', 'volume'),
    ('8', '2'): ('Durchfluss', 'flow'), ('9', '2'): ('Durchfluss', 'flow'),
    ('7', '1'): ('Betriebsvolumen', 'volume at measuring conditions'),
    ('7', '2'): ('Normvolumen', 'volume at base conditions'),
    ('7', '3'): ('Betriebsvolumen', 'volume at measuring conditions'),
}

# Of programming mode, where meters of Energomera (FLAG id EKT) name their registers, as in their user's guides.
MNEMONICS: dict[str, Text] = {
    'ET0PE': ('Wirkenergie Bezug, gesamt und je Tarif', 'Active energy import, total and per tariff'),
    'POWEP': ('Wirkleistung', 'Active power'),
    'POWPP': ('Wirkleistung je Phase', 'Active power per phase'),
    'VOLTA': ('Spannung', 'Voltage'),
    'CURRE': ('Strom', 'Current'),
    'FREQU': ('Frequenz', 'Frequency'),
}


@lru_cache(maxsize=4096)
def name_of(code: str, language: str = 'de', heat: bool = False) -> str | None:
    """What the code means ('de', else English), None if public tables give it no meaning; `heat`: see `is_heat`."""
    groups = split(code)
    composed = compose(groups, language, heat) if groups else None
    return str(composed) if composed else None


def is_heat(data_sets: Iterable[DataSet]) -> bool:
    """Whether the readout is a heat meter's, of which a code like 6.8.1 means something else than of electricity."""
    return any(data_set.code in ('6.8', '6.26') for data_set in data_sets)


def compose(groups: Groups, language: str, heat: bool) -> Name | None:
    """The name that the groups of a code make, None if there is no public meaning; `heat`: of a heat meter."""
    index = LANGUAGES.index(language) if language in LANGUAGES else 1
    if groups.attribute not in (None, '2') or '.' in (groups.f or ''):
        return None
    if groups.a in _MEDIUMS and groups.c.isdigit() and int(groups.c) < 90:
        return _of_medium(groups, index)
    two_groups = groups.a is None and groups.e is None and groups.d is not None
    if (heat and groups.a is None) or (two_groups and groups.c in ('6', '9')):
        name = _of_heat(groups, index)
        if name or (heat and groups.c in ('6', '8', '9')) or groups.c == '9':
            return name
    if groups.d is None:
        return _of_one_group(groups, index)
    return _of_table(groups, index) or _of_electricity(groups, index)


def _of_one_group(groups: Groups, index: int) -> Name | None:
    text = _SERVICE['97.97.0'] if (groups.c, None) in _ERROR_CODES else MNEMONICS.get(groups.c)
    return Name(text[index]) if text and groups.is_current else None


def _of_heat(groups: Groups, index: int) -> Name | None:
    code = f'{groups.c}.{groups.d}'
    text = _HEAT.get(code)
    if not text or (groups.e is not None and code not in _HEAT_RATE):
        return None
    if code == '6.36':
        day = _HEAT_SET_DAYS.get(groups.f or '1')
        return Name(text[index], day[index]) if day else None
    rate = _RATE[index].format(groups.e) if groups.e else ''
    if groups.is_current:
        return Name(text[index], '', rate)
    return Name(text[index], '', rate, _HEAT_PERIOD[index]) if groups.f == '1' else None


def _of_medium(groups: Groups, index: int) -> Name | None:
    quantity = _MEDIUM_QUANTITIES.get((groups.a or '', groups.c))
    number = f'{groups.c}.{groups.d}' == '0.0'
    if not quantity and not number:
        return None
    what = _GENERAL['0.0.0'][index] if number or not quantity else quantity[index]
    rate = _RATE[index].format(groups.e) if groups.e not in (None, '0') and not number else ''
    return Name(f'{_MEDIUMS[groups.a or ""][index]}: {what}', '', rate, _period(groups, index))


def _of_table(groups: Groups, index: int) -> Name | None:
    """What is no measured quantity: identification, clock, states, counters of events, lists, what P1 ports add."""
    c, d, e = _EDIS.get(groups.c, groups.c), groups.d or '', groups.e or '0'
    if (groups.c, groups.d) in _ERROR_CODES:
        d = '97'
    if (groups.a, c, d, e) == ('1', '0', '2', '8') and groups.b == '3':
        return Name(('P1-Version', 'P1 version')[index])
    if (c, d) == ('0', '5') and e in ('1', '2') and not groups.is_current:
        limit = ('Leistungsgrenze', 'Demand limit')[index]
        return Name(f'{limit} {groups.f}') if e == '1' else Name(limit, '', _RATE[index].format(groups.f))
    text = None
    for table in (_GENERAL if groups.a != '0' else {}, _ABSTRACT if groups.a == '0' else {}, _SERVICE):
        text = text or table.get(f'{c}.{d}.{e}') or (table.get(f'{c}.{d}.#') if e.isdigit() and int(e) < 64 else None)
    if not text:
        return None
    quantity = text[index].format(e, int(e) + 1 if e.isdigit() else e)
    if groups.is_of_another_device:
        quantity += (', Kanal {}', ', channel {}')[index].format(groups.b)
    if (c, d, e) == ('0', '2', '1') and not groups.is_current:
        return Name(quantity, ('Zeile {}', 'line {}')[index].format(groups.f))
    return Name(quantity, '', '', _period(groups, index) if groups.f != '0' else '')


def _of_electricity(groups: Groups, index: int) -> Name | None:
    if groups.a not in (None, '1') or not (groups.c.isdigit() and (groups.d or '').isdigit()):
        return None
    c, d, e = int(groups.c), int(groups.d or 0), groups.e or '0'
    e = '0' if e == '255' else e
    if c == 81:
        return _angle(d, e, groups, index)
    quantity = _quantity(c, d, index)
    kind = _kind(c, d, groups, index)
    if quantity is None or kind is None or not e.isdigit() or int(e) > 63:
        return None
    rate = _RATE[index].format(e) if e != '0' else _TOTAL[index] if d in _INTEGRALS else ''
    if d == 7 and e != '0' and of_phase(c)[0] in (11, 12):
        rate = _HARMONIC[index].format(e) if e != '1' else _FUNDAMENTAL[index]
    return Name(quantity, kind, rate, _period(groups, index))


def of_phase(c: int) -> tuple[int, int]:
    """The quantity as of the sum of the phases, and the phase: 0 for the sum."""
    return ((c - 1) % 20 + 1, (c - 1) // 20) if 1 <= c <= 80 else (c, 0)


def _quantity(c: int, d: int, index: int) -> str | None:
    base, phase = of_phase(c)
    text = _POWERS.get(base) or _QUANTITIES.get(base) or _WHOLE.get(c)
    if not text or (c == 82 and d != 8):
        return None
    what = text[index].format((_ENERGY if d in _INTEGRALS else _POWER)[index])
    return f'{what} L{phase}' if phase else what


def _kind(c: int, d: int, groups: Groups, index: int) -> str | None:
    base, phase = of_phase(c)
    if base in (11, 12) or c in (90, 91, 92):
        if d == 4 and base == 11 and phase:
            return _FUSE[index]
        if d in _SUPERVISION:
            return _SUPERVISION[d][index]
    text = _KINDS.get(d)
    # Without A it may be a heat meter's code, whose 26 is a volume; 1.0.0 is a clock.
    return text[index] if text and (groups.a or d not in (0, 26)) else None


def _angle(d: int, e: str, groups: Groups, index: int) -> Name | None:
    first, second = e[:-1] or '0', e[-1]
    if d != 7 or first not in _ANGLE_OF or second not in _ANGLE_OF:
        return None
    text = ('Phasenwinkel {} zu {}', 'Phase angle {} to {}')[index]
    return Name(text.format(_ANGLE_OF[first], _ANGLE_OF[second]), '', '', _period(groups, index))


def _period(groups: Groups, index: int) -> str:
    if groups.is_current:
        return ''
    return (_MANUAL if groups.mark == '&' else _PERIOD)[index].format(groups.f)
