# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The meanings of value groups and of whole codes, in German and English: pure tables, composed in names.py.

Sources: IEC 62056-61 and the DLMS UA's public list of standard OBIS codes; the P1 companion standards for what a P1 port
adds; for codes like 6.26 and for what a maker means by a code of his own, what he publishes, and readouts of his meters.
"""

from __future__ import annotations

Text = tuple[str, str]      # German, English

# ------------------------------------------------------------------------------------------- electricity: groups C and D

# C 1 to 20 the sum of the phases, +20 for L1, +40 for L2, +60 for L3: what is measured, and its direction.
POWERS: dict[int, Text] = {
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
QUANTITIES: dict[int, Text] = {
    11: ('Strom', 'Current'),
    12: ('Spannung', 'Voltage'),
    13: ('Leistungsfaktor', 'Power factor'),
    14: ('Frequenz', 'Frequency'),
}
WHOLE: dict[int, Text] = {
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
ENERGY: Text = ('energie', 'energy')
POWER: Text = ('leistung', 'power')
INTEGRALS = {8, 9, 10, 17, 18, 19, 20, 29, 30, 58}
KINDS: dict[int, Text] = {
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
SUPERVISION: dict[int, Text] = {
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
FUSE: Text = ('Schwelle der Sicherungsüberwachung', 'fuse supervision threshold')
ANGLE_OF = {'0': 'U(L1)', '1': 'U(L2)', '2': 'U(L3)', '4': 'I(L1)', '5': 'I(L2)', '6': 'I(L3)', '7': 'I(N)'}

TOTAL: Text = ('gesamt', 'total')
RATE: Text = ('Tarif {}', 'tariff {}')
FUNDAMENTAL: Text = ('der Grundschwingung', 'of the fundamental')       # E of instantaneous voltages and currents
HARMONIC: Text = ('der {}. Harmonischen', 'of harmonic {}')
ALL_HARMONICS: dict[str, Text] = {
    '126': ('aller Harmonischen', 'of all harmonics'),
    '127': ('aller Harmonischen im Verhältnis zum Nennwert', 'of all harmonics in ratio to the nominal value'),
}
# The same E, which tell another value, not another part of it.
DISTORTION: dict[str, Text] = {
    '124': ('Verzerrung durch Harmonische (THD)', 'total harmonic distortion (THD)'),
    '125': ('Verzerrung im Verhältnis zum Bemessungswert (TDD)', 'total demand distortion (TDD)'),
}
# C = 83, where E says which loss. 1 to 18, of a phase as well: of line, transformer and both, import, export and sum, first
# active, then reactive.
LOSS = 83
LOSSES: tuple[Text, ...] = (
    ('Leitungsverluste {}', '{} line losses'),
    ('Transformatorverluste {}', '{} transformer losses'),
    ('Verluste {}', '{} losses'),
)
LOSS_POWERS: tuple[Text, ...] = (('Wirk{}', 'Active {}'), ('Blind{}', 'Reactive {}'))
DIRECTIONS: tuple[Text, ...] = ((' Bezug', ' import'), (' Einspeisung', ' export'), ('', ''))
PHASE_LOSSES = {19: WHOLE[88], 20: WHOLE[89]}
TOTAL_LOSSES: dict[int, Text] = {
    19: ('Transformatorverluste bei normiertem RFe', 'Transformer losses with normalised RFe'),
    20: ('Leitungsverluste bei normiertem RCu', 'Line losses with normalised RCu'),
    21: ('Kompensierte Wirk{} Bezug brutto', 'Compensated active {} import gross'),
    22: ('Kompensierte Wirk{} Bezug netto', 'Compensated active {} import net'),
    23: ('Kompensierte Wirk{} Einspeisung brutto', 'Compensated active {} export gross'),
    24: ('Kompensierte Wirk{} Einspeisung netto', 'Compensated active {} export net'),
    25: ('Kompensierte Blind{} Bezug brutto', 'Compensated reactive {} import gross'),
    26: ('Kompensierte Blind{} Bezug netto', 'Compensated reactive {} import net'),
    27: ('Kompensierte Blind{} Einspeisung brutto', 'Compensated reactive {} export gross'),
    28: ('Kompensierte Blind{} Einspeisung netto', 'Compensated reactive {} export net'),
}
PERIOD: Text = ('Vorwert {}', 'billing period {}')
MANUAL: Text = ('Vorwert {} (manuell zurückgestellt)', 'billing period {} (manual reset)')

# ------------------------------------------------------------------------------------------- what is no measured quantity

# C.D.E of electricity meters, with A = 1, 0 or none; C.D with any E after '#'. Of 0.1.3 makers differ: see BY_FLAG.
GENERAL: dict[str, Text] = {
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
    '0.3.6': ('Impulskonstante Voltquadratstunden, LED', 'Meter constant volt-squared hours, LED'),
    '0.3.7': ('Impulskonstante Amperequadratstunden, LED', 'Meter constant ampere-squared hours, LED'),
    '0.3.8': ('Impulskonstante Voltquadratstunden, Ausgang', 'Meter constant volt-squared hours, output'),
    '0.3.9': ('Impulskonstante Amperequadratstunden, Ausgang', 'Meter constant ampere-squared hours, output'),
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
    '0.6.5': ('Referenzspannung der Hilfsversorgung', 'Reference voltage of the auxiliary supply'),
    '0.7.0': ('Impulskonstante Wirkenergie, Eingang', 'Meter constant active energy, input'),
    '0.7.1': ('Impulskonstante Blindenergie, Eingang', 'Meter constant reactive energy, input'),
    '0.7.2': ('Impulskonstante Scheinenergie, Eingang', 'Meter constant apparent energy, input'),
    '0.7.3': ('Impulskonstante Voltquadratstunden, Eingang', 'Meter constant volt-squared hours, input'),
    '0.7.4': ('Impulskonstante Amperequadratstunden, Eingang', 'Meter constant ampere-squared hours, input'),
    '0.7.5': ('Impulskonstante einheitenloser Größen, Eingang', 'Meter constant unitless quantities, input'),
    '0.7.10': ('Impulskonstante Wirkenergie Einspeisung, Eingang', 'Meter constant active energy export, input'),
    '0.7.11': ('Impulskonstante Blindenergie Einspeisung, Eingang', 'Meter constant reactive energy export, input'),
    '0.7.12': ('Impulskonstante Scheinenergie Einspeisung, Eingang', 'Meter constant apparent energy export, input'),
    '0.8.0': ('Messperiode 1', 'Measuring period 1'),
    '0.8.1': ('Messperiode 2', 'Measuring period 2'),
    '0.8.2': ('Messperiode 3', 'Measuring period 3'),
    '0.8.3': ('Messperiode 4', 'Measuring period 4'),
    '0.8.4': ('Registrierperiode 1', 'Recording interval 1'),
    '0.8.5': ('Registrierperiode 2', 'Recording interval 2'),
    '0.8.6': ('Abrechnungsperiode 1', 'Billing period 1'),
    '0.8.7': ('Abrechnungsperiode 2', 'Billing period 2'),
    '0.8.8': ('Messperiode der Harmonischen', 'Measuring period of harmonics'),
    '0.9.0': ('Zeit seit der letzten Rückstellung', 'Time since the last reset'),
    '0.9.1': ('Uhrzeit', 'Time'),
    '0.9.2': ('Datum', 'Date'),
    '0.9.5': ('Wochentag', 'Day of the week'),
    '0.9.6': ('Uhrzeit der letzten Rückstellung', 'Time of the last reset'),
    '0.9.7': ('Datum der letzten Rückstellung', 'Date of the last reset'),
    '0.9.8': ('Impulsdauer des Ausgangs', 'Output pulse duration'),
    '0.9.9': ('Fenster der Uhrensynchronisation', 'Clock synchronisation window'),
    '0.9.10': ('Art der Uhrensynchronisation', 'Clock synchronisation method'),
    '0.9.11': ('Grenze der Uhrenverstellung', 'Clock time shift limit'),
    '0.9.12': ('Sperrzeit der Rückstellung', 'Billing reset lockout time'),
    '0.9.13': ('Zeit seit der letzten Rückstellung 2', 'Time since the last reset 2'),
    '0.9.14': ('Uhrzeit der letzten Rückstellung 2', 'Time of the last reset 2'),
    '0.9.15': ('Datum der letzten Rückstellung 2', 'Date of the last reset 2'),
    '0.9.16': ('Sperrzeit der Rückstellung 2', 'Billing reset lockout time 2'),
    '0.10.0': ('Magnetisierungsverluste des Transformators (Xm)', 'Transformer magnetic losses (Xm)'),
    '0.10.1': ('Eisenverluste des Transformators (RFe)', 'Transformer iron losses (RFe)'),
    '0.10.2': ('Widerstandsverluste der Leitung (RCu)', 'Line resistance losses (RCu)'),
    '0.10.3': ('Reaktanzverluste der Leitung (Xs)', 'Line reactance losses (Xs)'),
    '0.11.1': ('Messverfahren der Wirkleistung', 'Measurement algorithm of active power'),
    '0.11.2': ('Messverfahren der Wirkenergie', 'Measurement algorithm of active energy'),
    '0.11.3': ('Messverfahren der Blindleistung', 'Measurement algorithm of reactive power'),
    '0.11.4': ('Messverfahren der Blindenergie', 'Measurement algorithm of reactive energy'),
    '0.11.5': ('Messverfahren der Scheinleistung', 'Measurement algorithm of apparent power'),
    '0.11.6': ('Messverfahren der Scheinenergie', 'Measurement algorithm of apparent energy'),
    '0.11.7': ('Messverfahren des Leistungsfaktors', 'Measurement algorithm of the power factor'),
}
# Of the abstract medium and of P1 ports; a channel from 1 is a device behind the meter, as a gas meter.
ABSTRACT: dict[str, Text] = {
    '1.0.0': ('Datum und Uhrzeit', 'Date and time'),
    '1.1.0': ('UNIX-Zeit', 'UNIX time'),
    '17.0.0': ('Leistungsbegrenzung', 'Power limit'),
    '42.0.0': ('Logischer Gerätename', 'Logical device name'),
    '24.1.0': ('Gerätetyp', 'Device type'),
    '24.2.1': ('Zählerstand', 'Meter reading'),
    '24.2.3': ('Zählerstand ohne Temperaturkorrektur', 'Meter reading, not temperature corrected'),
    '24.3.0': ('Stündliche Zählerstände', 'Hourly meter readings'),
    '24.4.0': ('Schalter- oder Ventilstellung', 'Switch or valve position'),
}
# C = 96, which EDIS writes as C; lists and profiles, which it writes as L and P; errors, which it writes as F.
SERVICE: dict[str, Text] = {
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
    '96.12.4': ('Parameter 1 der Kommunikationsschnittstelle', 'Communication port parameter 1'),
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
    '98.1.0': ('Daten der Abrechnungsperioden', 'Data of the billing periods'),
    '98.1.#': ('Daten der Abrechnungsperioden, Liste {1}', 'Data of the billing periods, list {1}'),
    '98.2.0': ('Daten der Abrechnungsperioden 2', 'Data of the billing periods 2'),
    '98.2.#': ('Daten der Abrechnungsperioden 2, Liste {1}', 'Data of the billing periods 2, list {1}'),
    '99.1.0': ('Lastgang', 'Load profile'),
    '99.2.0': ('Lastgang 2', 'Load profile 2'),
    '99.3.0': ('Lastgang während der Prüfung', 'Load profile during test'),
    '99.97.0': ('Netzausfallprotokoll', 'Power failure log'),
    '99.98.0': ('Betriebslogbuch', 'Event log'),
    '99.99.0': ('Eichtechnisches Logbuch', 'Certification data log'),
}
_TAMPERS: dict[int, Text] = {
    0: ('Öffnung des Zählers', 'Meter opening'),
    5: ('Öffnung des Klemmendeckels', 'Terminal cover opening'),
    10: ('Kippen des Zählers', 'Tilt of the meter'),
    15: ('Starkes Magnetfeld', 'Strong magnetic field'),
    20: ('Manipulation von Schalter oder Ventil', 'Tampering with switch or valve'),
    25: ('Manipulation der Messung', 'Tampering with metrology'),
    30: ('Manipulation der Kommunikation', 'Tampering with communication'),
}
_OF_A_TAMPER: tuple[Text, ...] = (
    ('Anzahl', 'count'), ('Zeitpunkt', 'time'), ('Dauer', 'duration'), ('Dauer insgesamt', 'total duration'))
SERVICE |= {f'96.20.{first + n}': (f'{event[0]}, {what[0]}', f'{event[1]}, {what[1]}')
            for first, event in _TAMPERS.items() for n, what in enumerate(_OF_A_TAMPER)}
_ALARMS: dict[int, Text] = {
    0: ('Alarmregister', 'Alarm register'), 10: ('Alarmfilter', 'Alarm filter'),
    20: ('Alarmbeschreibung', 'Alarm descriptor')}
SERVICE |= {f'97.98.{first + n}': (f'{what[0]} {n + 1}', f'{what[1]} {n + 1}') if n else what
            for first, what in _ALARMS.items() for n in range(10)}
# What else P1 ports mean by these; 96.50.68 is Hungarian, 96.1.2 and 96.1.4 are Belgian.
P1: dict[str, Text] = {
    '96.1.2': ('EAN des Anschlusses', 'EAN of the connection'),
    '96.1.4': ('P1-Version', 'P1 version'),
    '96.50.68': ('Schalterstellung', 'Switch position'),
}
P1_VERSION = P1['96.1.4']
# What a maker means by these. Of 0.1.3 the public list says: billing period counter 2.
BY_FLAG: dict[str, dict[str, Text]] = {
    'ISK': {'96.1.6': ('Prüfsumme', 'Check sum')},
    'LGZ': {'0.1.3': ('Datum der Rückstellung', 'Date of the billing reset')},
}
# Energies of these values of F are no billing periods.
PERIODS_BY_FLAG: dict[str, dict[str, Text]] = {
    'LOG': {
        '96': ('letzter Tag', 'last day'),
        '97': ('letzte 7 Tage', 'last 7 days'),
        '98': ('letzte 30 Tage', 'last 30 days'),
        '99': ('letzte 365 Tage', 'last 365 days'),
        '100': ('seit der letzten Rückstellung', 'since the last reset'),
    },
}
EDIS = {'C': '96', 'F': '97', 'L': '98', 'P': '99'}
ERROR_CODES = {('F', None), ('FF', None), ('F', 'F')}

# ------------------------------------------------------------------------------------------------------ heat, gas, water

# Reduced codes of heat meters; where the second group is an electricity meter's as well, only two groups mean heat.
HEAT: dict[str, Text] = {
    '0.0': ('Zählernummer', 'Meter number'),
    '6.8': ('Wärmemenge', 'Heat energy'),
    '6.26': ('Volumen', 'Volume'),
    '6.6': ('Maximale Wärmeleistung', 'Maximum heat power'),
    '6.31': ('Betriebsstunden', 'Operating hours'),
    '6.32': ('Fehlstunden', 'Fault hours'),
    '6.33': ('Maximaler Durchfluss', 'Maximum flow'),
    '6.35': ('Messperiode der Maxima', 'Measuring period of the maxima'),
    '6.36': ('Stichtag', 'Set day'),
    '6.36.1': ('Tag der maximalen Wärmeleistung', 'Day of the maximum heat power'),
    '6.36.2': ('Tag des maximalen Durchflusses', 'Day of the maximum flow'),
    '6.36.3': ('Tag der maximalen Vorlauftemperatur', 'Day of the maximum flow temperature'),
    '6.36.4': ('Tag der maximalen Rücklauftemperatur', 'Day of the maximum return temperature'),
    '8.26.#': ('Volumen am Impulseingang {}', 'Volume at pulse input {}'),
    '9.0.#': ('Zählernummer am Impulseingang {}', 'Meter number at pulse input {}'),
    '9.1': ('Einstellungen und Firmware', 'Settings and firmware'),
    '9.4': ('Maximale Vor- und Rücklauftemperatur', 'Maximum flow and return temperature'),
    '9.6': ('M-Bus-Adressen', 'M-Bus addresses'),
    '9.20': ('Gerätenummer', 'Device number'),
    '9.21': ('Eigentumsnummer', 'Ownership number'),
    '9.22': ('Einbauort', 'Place of installation'),
    '9.24': ('Nenndurchfluss', 'Nominal flow'),
    '9.31': ('Durchflussstunden', 'Flow hours'),
    '9.34.#': ('Impulswert des Impulseingangs {}', 'Pulse value of pulse input {}'),
    '9.36': ('Datum und Uhrzeit', 'Date and time'),
}
HEAT_RATE = {'6.8', '6.26'}
HEAT_PERIOD: Text = ('Vorjahr', 'previous year')
HEAT_SET_DAYS: dict[str, Text] = {'1': ('jährlich', 'yearly'), '2': ('monatlich', 'monthly')}
MEDIUMS: dict[str, Text] = {
    '4': ('Heizkostenverteiler', 'Heat cost allocator'),
    '5': ('Kälte', 'Cooling'),
    '6': ('Wärme', 'Heat'),
    '7': ('Gas', 'Gas'),
    '8': ('Kaltwasser', 'Cold water'),
    '9': ('Warmwasser', 'Hot water'),
}
MEDIUM_QUANTITIES: dict[tuple[str, str], Text] = {
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

# D of C = 94: whose identifiers these are.
COUNTRY = '94'
COUNTRY_SPECIFIC: Text = ('Landesspezifisch', 'Country-specific')
COUNTRIES: dict[str, Text] = {
    '0': ('Finnland', 'Finland'), '1': ('USA', 'USA'), '2': ('Kanada', 'Canada'), '3': ('Serbien', 'Serbia'),
    '7': ('Russland', 'Russia'), '10': ('Tschechien', 'Czechia'), '11': ('Bulgarien', 'Bulgaria'),
    '12': ('Kroatien', 'Croatia'), '13': ('Irland', 'Ireland'), '14': ('Israel', 'Israel'), '15': ('Ukraine', 'Ukraine'),
    '16': ('Jugoslawien', 'Yugoslavia'), '20': ('Ägypten', 'Egypt'), '27': ('Südafrika', 'South Africa'),
    '30': ('Griechenland', 'Greece'), '31': ('Niederlande', 'Netherlands'), '32': ('Belgien', 'Belgium'),
    '33': ('Frankreich', 'France'), '34': ('Spanien', 'Spain'), '35': ('Portugal', 'Portugal'), '36': ('Ungarn', 'Hungary'),
    '37': ('Litauen', 'Lithuania'), '38': ('Slowenien', 'Slovenia'), '39': ('Italien', 'Italy'),
    '40': ('Rumänien', 'Romania'), '41': ('Schweiz', 'Switzerland'), '42': ('Slowakei', 'Slovakia'),
    '43': ('Österreich', 'Austria'), '44': ('Vereinigtes Königreich', 'United Kingdom'), '45': ('Dänemark', 'Denmark'),
    '46': ('Schweden', 'Sweden'), '47': ('Norwegen', 'Norway'), '48': ('Polen', 'Poland'), '49': ('Deutschland', 'Germany'),
    '51': ('Peru', 'Peru'), '52': ('Südkorea', 'South Korea'), '53': ('Kuba', 'Cuba'), '54': ('Argentinien', 'Argentina'),
    '55': ('Brasilien', 'Brazil'), '56': ('Chile', 'Chile'), '57': ('Kolumbien', 'Colombia'),
    '58': ('Venezuela', 'Venezuela'), '60': ('Malaysia', 'Malaysia'), '61': ('Australien', 'Australia'),
    '62': ('Indonesien', 'Indonesia'), '63': ('Philippinen', 'Philippines'), '64': ('Neuseeland', 'New Zealand'),
    '65': ('Singapur', 'Singapore'), '66': ('Thailand', 'Thailand'), '71': ('Lettland', 'Latvia'),
    '73': ('Moldau', 'Moldova'), '75': ('Belarus', 'Belarus'), '81': ('Japan', 'Japan'), '85': ('Hongkong', 'Hong Kong'),
    '86': ('China', 'China'), '87': ('Bosnien und Herzegowina', 'Bosnia and Herzegovina'), '90': ('Türkei', 'Turkey'),
    '91': ('Indien', 'India'), '92': ('Pakistan', 'Pakistan'), '96': ('Saudi-Arabien', 'Saudi Arabia'),
    '97': ('Vereinigte Arabische Emirate', 'United Arab Emirates'), '98': ('Iran', 'Iran'),
}
