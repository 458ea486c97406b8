/** icons are drawn on a 24 × 24 grid with one stroke; each entry is the d of its paths. */
export const icons = {
  alert: ['M12 8.5v4.5', 'M12 16.5v.01', 'M10.4 4 2.7 17.3A1.9 1.9 0 0 0 4.3 20h15.4a1.9 1.9 0 0 0 1.6-2.7L13.6 4a1.85 1.85 0 0 0-3.2 0z'],
  back: ['M15 5l-7 7 7 7'],
  bag: ['M6 8h12l1 12H5z', 'M9 8V6.5a3 3 0 0 1 6 0V8'],
  bell: ['M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15z', 'M10 20.5a2.2 2.2 0 0 0 4 0'],
  bolt: ['M13 3 5.5 13.5H11L10 21l8-11h-5.6z'],
  broom: ['M14 4l-3 8', 'M6.5 12.5 15 15l-1.5 5.5H4.5c1.5-2 2-4.5 2-8z', 'M9 17v3.5', 'M11.8 17.5 11.5 20.5'],
  bug: ['M8 9.500h8v5.500a4 4 0 0 1-8 0z', 'M9.5 9.500a2.5 2.5 0 0 1 5 0', 'M4 9l4 2M20 9l-4 2M3.5 14.500H8M20.5 14.500H16M5 20l3.3-2.500M19 20l-3.3-2.5'],
  calendar: ['M5 6h14v14H5z', 'M5 10.500h14', 'M9 3.500V7M15 3.500V7'],
  camera: ['M4 8h3.500L9 5.500h6L16.5 8H20v11H4z', 'M12 16.500a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.400z'],
  car: ['M4 16.500v-4l2-5.500h12l2 5.500v4z', 'M4 12.500h16', 'M6 16.500V19M18 16.500V19', 'M7.5 14.500v.01M16.5 14.500v.01'],
  chat: ['M4 5h16v11H11l-4.5 4V16H4z', 'M8 9.300h8M8 12.300h5'],
  check: ['M5 12.500l4.5 4.500L19 7.5'],
  clock: ['M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z', 'M12 7v5.300l3.3 2'],
  close: ['M6 6l12 12M18 6 6 18'],
  door: ['M6 21V3.500h12V21', 'M3.5 21h17', 'M14.5 12v1.5'],
  drain: ['M4 6h16v3a8 8 0 0 1-16 0z', 'M12 17v4', 'M9 21h6', 'M8.5 6V3.500h4'],
  droplet: ['M12 3.500s6.5 6.6 6.5 11a6.5 6.5 0 0 1-13 0c0-4.4 6.5-11 6.5-11z', 'M9 15a3 3 0 0 0 2.6 2.8'],
  exit: ['M10 4H5v16h5', 'M14 8l4 4-4 4', 'M18 12H9.5'],
  fan: ['M4 5h16v7.500H4z', 'M7.5 9.500h9', 'M8 15.500c0 2-1.5 2-1.5 4M12 15.500c0 2 0 2 0 4M16 15.500c0 2 1.5 2 1.5 4'],
  flame: ['M12 21a6.5 6.5 0 0 0 6.5-6.500c0-4.5-4.5-6-5-11.5-3 1.7-4.3 4.5-4 7-1-.5-1.6-1.5-1.7-2.700C6.3 9 5.5 11.5 5.5 14.500A6.5 6.5 0 0 0 12 21z', 'M12 21a3 3 0 0 0 3-3c0-2-1.8-2.8-2-4.5-2 1-4 2.5-4 4.500a3 3 0 0 0 3 3z'],
  gate: ['M4 20V7M20 20V7', 'M4 9c4-4 12-4 16 0', 'M8 20v-9M12 20v-9.500M16 20v-9', 'M4 20h16'],
  help: ['M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z', 'M9.6 9.500a2.5 2.5 0 1 1 3.5 2.300c-.8.4-1.1.9-1.1 1.7', 'M12 16.500v.01'],
  home: ['M4 11l8-7 8 7', 'M6 9.500V20h12V9.5', 'M10 20v-5.500h4V20'],
  lamp: ['M9 17.500h6M10 20.500h4', 'M9 17.500c0-2.5-3-3.8-3-7.500a6 6 0 0 1 12 0c0 3.7-3 5-3 7.5'],
  leaf: ['M5 19c0-9 5-14 15-14 0 10-5 14-12 14-1 0-2-.2-3-.7', 'M5 20.500c1-4 4-7.5 8.5-9.5'],
  lift: ['M5 3.500h14v17H5z', 'M12 3.500v17', 'M7.3 10.5 8.6 8.700l1.2 1.800M14.2 13.500l1.3 1.8 1.2-1.8'],
  lock: ['M6 11h12v9.500H6z', 'M8.5 11V8a3.5 3.5 0 0 1 7 0v3', 'M12 14.700v2'],
  next: ['M9 5l7 7-7 7'],
  noise: ['M4 10v4h3l5 4V6L7 10z', 'M15.5 9a4 4 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11'],
  pause: ['M9 5.500v13M15 5.500v13'],
  phone: ['M6 3.500h3.500l1.5 5-2.2 1.500a11 11 0 0 0 5.2 5.200l1.5-2.2 5 1.500V18a2.5 2.5 0 0 1-2.7 2.500A16 16 0 0 1 3.5 6.2 2.5 2.5 0 0 1 6 3.500z'],
  pin: ['M12 21s7-6.3 7-11.500a7 7 0 0 0-14 0C5 14.7 12 21 12 21z', 'M12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z'],
  play: ['M8 5.500v13l10-6.500z'],
  plus: ['M12 5v14M5 12h14'],
  radiator: ['M5 7v11M9 7v11M13 7v11M17 7v11', 'M3.5 9.500h16M3.5 15.500h16', 'M5 18v2M17 18v2', 'M19.5 9.500V6'],
  refresh: ['M20 12a8 8 0 1 1-2.5-5.8', 'M20 4v4.500h-4.5'],
  search: ['M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z', 'M15.5 15.5 20 20'],
  shield: ['M12 3.5 5 6v5.500c0 4.5 3 7.5 7 9 4-1.5 7-4.5 7-9V6z'],
  swap: ['M4 8.500h15M15.5 5l3.5 3.500L15.5 12', 'M20 15.500H5M8.5 12 5 15.5 8.5 19'],
  tap: ['M4 9.500h9a5 5 0 0 1 5 5V16h-4v-1.500a1 1 0 0 0-1-1H4z', 'M8.5 9.500V6M6 5.500h5', 'M16 19v1.5'],
  toilet: ['M6 4h4v7H6z', 'M6 11h13c0 4-2 6-5 6.500V20.500H8V16', 'M6 11v2a5 5 0 0 0 2 3.5'],
  user: ['M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z', 'M4.5 20.500a7.5 7.5 0 0 1 15 0'],
  walk: ['M13 5.500a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z', 'M8 12l3-4 3 1 1.5 3H18.5', 'M11 8.5 10.5 14l3 3 .5 4.5', 'M10.5 14 9.5 17.5 7 21'],
  wall: ['M4 5h16v14H4z', 'M4 9.700h16M4 14.300h16', 'M9.5 5v4.700M14.5 9.700v4.600M9.5 14.300V19'],
  window: ['M5 4h14v16H5z', 'M12 4v16M5 12h14'],
  wrench: ['M20 7.200a5 5 0 0 1-6.7 5.600L7 19.200a2 2 0 0 1-2.8-2.800l6.3-6.300A5 5 0 0 1 16.3 3.500l-3 3 .5 3.2 3.2.5z'],
} as const

export type IconName = keyof typeof icons

/** hints tie what categories are called to a picture; the first that occurs in the name wins. */
const hints: [RegExp, IconName][] = [
  [/trap|lift|elev|困/, 'lift'],
  [/gas|fire|flame|燃气/, 'flame'],
  [/toilet|closet|马桶|bath/, 'toilet'],
  [/drain|sewer|clog|block|疏通|下水/, 'drain'],
  [/leak|flood|burst|drop|渗|漏/, 'droplet'],
  [/tap|faucet|plumb|pipe|water|水/, 'tap'],
  [/light|lamp|bulb|照明|灯/, 'lamp'],
  [/electr|power|bolt|socket|circuit|zap|电/, 'bolt'],
  [/gate|entry|access|intercom|门禁/, 'gate'],
  [/lock|key|锁/, 'lock'],
  [/window|glass|窗/, 'window'],
  [/door|门/, 'door'],
  [/heat|radiator|boiler|暖/, 'radiator'],
  [/air|cool|hvac|fan|snow|空调/, 'fan'],
  [/wall|roof|paint|plaster|ceil|tile|墙/, 'wall'],
  [/clean|garbage|rubbish|trash|sanit|broom|保洁/, 'broom'],
  [/pest|bug|rodent|insect|虫/, 'bug'],
  [/noise|sound|噪/, 'noise'],
  [/park|car|vehicle|车/, 'car'],
  [/tree|green|garden|leaf|plant|绿/, 'leaf'],
  [/secur|guard|shield|安/, 'shield'],
  [/enquir|inquir|question|help|咨询/, 'help'],
  [/complain|chat|message|投诉/, 'chat'],
]

/** iconFor finds the picture of a category by its icon name, else by its code. */
export function iconFor(icon: string, code: string): IconName {
  if (Object.hasOwn(icons, icon)) return icon as IconName
  for (const name of [icon.toLowerCase(), code.toLowerCase()]) {
    for (const [pattern, found] of hints) if (pattern.test(name)) return found
  }
  return 'wrench'
}
