"""Icons of 16 px with strokes of 1.4, and the marks of the four states, drawn for this product. Colours come from classes only."""

ICONS: dict[str, str] = {
    "home": '<path d="M2 7.6 8 2.4l6 5.2M3.6 6.6v6.8h8.8V6.6M6.6 13.4V9.2h2.8v4.2"/>',
    "engagements": '<path d="M2.2 5.2h4.2v8.2H2.2zM9.6 2.4h4.2v11H9.6zM6.4 9.4h3.2"/>',
    "performance": '<path d="M2.4 13.6V9.4M6.1 13.6V6.6M9.9 13.6V8.2M13.6 13.6V2.4"/>',
    "governance": '<path d="M2 6 8 2.4 14 6zM2 13.6h12M3.8 6v5.4M6.6 6v5.4M9.4 6v5.4M12.2 6v5.4M2.8 11.4h10.4"/>',
    "assurance": '<path d="M8 1.9 13.2 3.8v4.1c0 3.1-2.2 5.2-5.2 6.3-3-1.1-5.2-3.2-5.2-6.3V3.8z"/>',
    "money": '<path d="M1.8 3.6h12.4v9H1.8zM1.8 6.4h12.4M4.2 9.8h3.4"/>',
    "requests": '<path d="M2 3h12v8H7.4L4.6 13.6V11H2z"/>',
    "submissions": '<path d="M3.4 2h6l3.2 3.2V14H3.4zM9.2 2v3.4h3.4M5.6 8.2h4.8M5.6 10.8h4.8"/>',
    "search": '<circle cx="6.8" cy="6.8" r="4.2"/><path d="m10 10 4 4"/>',
    "person": '<circle cx="8" cy="5.2" r="2.7"/><path d="M2.8 14c0-2.9 2.1-4.6 5.2-4.6s5.2 1.7 5.2 4.6"/>',
    "chevron": '<path d="m4.4 6.4 3.6 3.6 3.6-3.6"/>',
    "close": '<path d="m3.4 3.4 9.2 9.2M12.6 3.4l-9.2 9.2"/>',
    "download": '<path d="M8 2.2v7.6M4.9 6.8 8 9.9l3.1-3.1M2.4 10.6v3h11.2v-3"/>',
    "upload": '<path d="M8 9.9V2.3M4.9 5.3 8 2.2l3.1 3.1M2.4 10.6v3h11.2v-3"/>',
    "columns": '<path d="M2.4 2.8h11.2v10.4H2.4zM6.1 2.8v10.4M9.9 2.8v10.4"/>',
    "plus": '<path d="M8 2.8v10.4M2.8 8h10.4"/>',
    "attach": '<path d="m12.9 7.3-5.3 5.3a2.9 2.9 0 0 1-4.1-4.1l5.6-5.6a2 2 0 0 1 2.8 2.8l-5.5 5.5a1 1 0 0 1-1.4-1.4l4.9-4.9"/>',
    "more": '<path d="M2.6 8h.9M7.6 8h.9M12.6 8h.9"/>',
    "check": '<path d="m2.8 8.4 3.4 3.4 7-7.4"/>',
    "drag": '<path d="M5.6 3.2h.9M9.6 3.2h.9M5.6 8h.9M9.6 8h.9M5.6 12.8h.9M9.6 12.8h.9"/>',
    "sealed": (
        '<path d="m8 1.7 1.5 1.2 1.9-.2.7 1.8 1.8.7-.2 1.9L14.9 8.600l-1.2 1.5.2 1.9-1.8.7-.7 1.8-1.9-.2'
        '-1.5 1.2-1.5-1.2-1.9.2-.7-1.8-1.8-.7.2-1.900L1.1 8.600l1.2-1.5-.2-1.9 1.8-.7.7-1.8 1.9.2z"/>'
        '<path d="m5.6 8.7 1.8 1.8 3.2-3.6"/>'
    ),
    "open-seal": '<circle cx="8" cy="8.2" r="5.6" stroke-dasharray="3.2 1.2"/>',
    "logo": '<path d="M2 12h12M3 12V9.8M5.5 12v-1.400M8 12v-1.400M10.5 12v-1.400M13 12V9.8"/>',
}

MARKS: dict[str, str] = {
    "met": '<circle class="m-fill" cx="6" cy="6" r="5.5"/><path class="m-cut" d="m3.5 6.2 1.8 1.8 3.3-3.7"/>',
    "risk": '<path class="m-fill" d="M6 .8 11.8 11H.2z"/><path class="m-sign" d="M6 4.400v3.100M6 8.700v1.1"/>',
    "missed": '<path class="m-fill" d="M.5.5h11v11H.5z"/><path class="m-cut" d="m3.6 3.6 4.8 4.800M8.4 3.6 3.6 8.4"/>',
    "none": '<circle class="m-ring" cx="6" cy="6" r="4.9" stroke-dasharray="2.1 1.3"/>',
}

CORNERS: dict[str, str] = {
    "risk": '<path class="m-fill" d="M4 .5 7.8 7.500H.2z"/>',
    "missed": '<path class="m-stroke" d="m1 1 6 6M7 1 1 7"/>',
}
