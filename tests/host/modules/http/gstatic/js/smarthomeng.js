// What the core's scripts offer to the page of a plugin, and how they behave; written anew for the tests.

// --- cookies, one set for each plugin ---

function getCookie(name) {
    const found = document.cookie.split('; ').find(cookie => cookie.startsWith(name + '='));
    if (!found) return '';
    const text = decodeURIComponent(found.slice(name.length + 1));
    try { return JSON.parse(text); } catch (e) { return text; }
}

function setCookie(name, value, days, path) {
    const expires = new Date(Date.now() + days * 86400000).toUTCString();
    document.cookie = name + '=' + JSON.stringify(value) + ';expires=' + expires + ';path=/plugin/' + path;
}

// --- for plugins ---

// Sends a form; the answer replaces the page.
function shngPost(path, params, method = 'post') {
    const form = $('<form>', {action: path, method: method});
    for (const [name, value] of Object.entries(params)) form.append($('<input>', {type: 'hidden', name: name, value: value}));
    form.appendTo(document.body).trigger('submit');
}

// Puts HTML (nothing is escaped) into an element, or into a cell of a DataTable. There: only if the cell is on the table's
// current page and not empty. highlight: seconds that a change is marked.
function shngInsertText(id, text, table_id = null, highlight = 0) {
    if (text === null || text === undefined) return;
    text = text.toString();
    const element = $('#' + $.escapeSelector(id));
    const same = old => old.toString().replace(/\s\s+/g, ' ').trim() === text.trim();
    const mark = old => {
        if (highlight > 0 && old !== '...' && !same(old)) {
            element.addClass('shng_effect_highlight');
            setTimeout(() => element.removeClass('shng_effect_highlight'), highlight * 1000);
        }
    };
    if (table_id === null) {
        mark(element.text());
        element.html(text);
        return;
    }
    const table = $('#' + table_id).DataTable();
    const cell = table.cell(element, {page: 'current'});
    const old = cell.data();
    if (old && !same(old)) {
        mark(old);
        cell.data(text).invalidate();
        table.responsive.rebuild();
        table.responsive.recalc();
    }
}

// Fetches get_data.html and hands the answer (a text) to the page's handleUpdatedData().
function shngGetUpdatedData(dataSet = null, update_params = null) {
    const set = dataSet ?? window.dataSet;
    const params = update_params ?? window.update_params;
    const data = {};
    if (set) data.dataSet = set;
    if (set && params) data.params = params;
    $.ajax({
        url: 'get_data.html', type: 'GET', data: data, contentType: 'application/json; charset=utf-8',
        success: response => handleUpdatedData(response, ...[set, params].filter(value => value)),
        error: () => console.warn('Error - while getting updated data'),
    });
}

// --- refreshing by itself ---

function timer() {
    let handle = null;
    return {
        running: false,
        start(callback, interval, directly, repeat) {
            clearInterval(handle);
            if (callback) this.callback = callback;
            this.running = interval > 0;
            if (directly) this.callback();
            if (this.running) handle = setInterval(() => this.callback(), interval);
        },
        stop() {
            clearInterval(handle);
            this.running = false;
        },
        set_interval(interval, directly) {
            window.update_interval = interval;
            this.start(null, interval, directly, true);
        },
        update(params) {
            Object.assign(window, params);
            showRefresh();
            if (window.update_active && window.update_interval > 0) this.set_interval(window.update_interval, true);
            else this.stop();
        },
    };
}

function showRefresh() {
    $('#update_active').prop('checked', window.update_active).prop('disabled', !window.update_interval);
    $('#update_interval').val(window.update_interval / 1000);
}

// The user changed the check box or the interval.
function set_update_interval() {
    if (!$('#update_active').length) return;
    window.update_interval = ($('#update_interval').val() || 0) * 1000;
    window.update_active = $('#update_active').prop('checked') && window.update_interval > 0;
    $('#update_active').prop('disabled', !window.update_interval);
    setCookie('update_active', window.update_active, 365, window.pluginname);
    if (!window.update_active) return window.refresh.stop();
    setCookie('update_interval', window.update_interval, 365, window.pluginname);
    window.refresh.set_interval(window.update_interval, false);
}

$(window).on('load', () => {
    const active = getCookie('update_active'), interval = getCookie('update_interval');
    if (typeof active === 'boolean') window.update_active = active;
    if (typeof interval === 'number') window.update_interval = interval;
    showRefresh();
    set_update_interval();
});

// The variables of the page; called by the frame.
function shngStart(settings) {
    Object.assign(window, settings, {toggle: 1, refresh: new timer(), pageLength: {}});
    for (let i = 1; i <= settings.tabcount; i++)
        window.pageLength['bodytab_' + i] = {tableid: 'unknown', pagelength: settings.pagelength || 1};
    window.refresh.start(() => shngGetUpdatedData(), settings.update_active ? settings.update_interval : 0, false, true);
}

// --- head ---

// Logo and name of the plugin give way when the head's table needs the room; what is below moves down with it.
function responsiveHeader() {
    if (!$('#webif-navbar').length) return;
    const shown = (logo, info, columns) => {
        $('#webif-pluginlogo').css('display', logo ? '' : 'none');
        $('#webif-plugininfo').css('display', info ? '' : 'none');
        $('#webif-headtable').attr('class', 'col-sm-' + columns);
    };
    shown(true, true, 7);
    const table = $('#webif-headtable > table:first');
    const needed = Math.max(parseFloat(table.css('min-width')) || table.outerWidth() || 0,
                            ($('#webif-allbuttons').outerWidth(true) || 0) + ($('#webif-custombuttons').outerWidth(true) || 0));
    const rest = $('#webif-toprow').width() - needed - $('#webif-plugininfo').outerWidth(true);
    if (rest <= 0) shown(false, false, 12);
    else if (rest - $('#webif-pluginlogo').outerWidth(true) - 35 <= 0) shown(false, true, 9);
    const head = $('#webif-navbar').outerHeight(true);
    $('#webif-lowercontent').css('margin', head + 'px auto 0');
    $('#webif-tabs').css('top', head + 'px');
    $('#resize_wrapper').css('top', head + $('#webif-tabs').outerHeight(true) + 'px');
}
addEventListener('DOMContentLoaded', responsiveHeader);
addEventListener('resize', responsiveHeader);

// --- defaults of DataTables, on request of the page ---

$(window).on('datatables_defaults', () => {
    $.extend($.fn.dataTable.ext.classes, {sTable: 'table table-striped table-hover pluginList display dataTable dataTableAdditional'});
    $.extend($.fn.dataTable.defaults, {
        lengthMenu: [[1, 25, 50, 100, -1], ['Auto', 25, 50, 100, 'All']], pageLength: 100, pagingType: 'full_numbers',
        stateSave: true, colReorder: true, autoWidth: false, order: [[1, 'asc']],
        fixedHeader: {header: true, headerOffset: $('#webif-navbar').outerHeight() + $('#webif-tabs').outerHeight()},
        columnDefs: [{className: 'dtr-control datatable-responsive', orderable: false, targets: 0},
                     {className: 'truncate', targets: '_all'}],
        responsive: {details: {type: 'column', renderer: $.fn.dataTable.Responsive.renderer.listHidden()}},
        initComplete: function () {
            const first = $(this).find('tbody td:first-child').html();
            if (first !== '' && first !== 'No data available in table')
                console.warn('First column has to be empty! ' + $(this).attr('id'));
            $(this).show();
            window.pageLength[$(this).closest('.tab-pane').attr('id')].tableid = this.attr('id');
            this.api().columns.adjust();
            this.api().responsive.recalc();
            if (window.initial_update === 'true') setTimeout(() => shngGetUpdatedData(), 200);
        },
        createdRow: row => $('td', row).addClass('py-1 truncate'),
    });
    $('a[data-toggle="tab"]').on('shown.bs.tab', function () {
        window.activeTab = $(this).attr('href').slice(1);
        const tables = $.fn.dataTable.tables({visible: true, api: true});
        tables.columns.adjust();
        tables.responsive.recalc();
    });
});
