import {
  Check,
  ChevronDown,
  ChevronLeft,
  ChevronRight,
  ChevronUp,
  Circle,
  CircleAlert,
  CircleCheck,
  CircleDot,
  CircleX,
  Info,
  LoaderCircle,
  Minus,
  Plus,
  Search,
  Square,
  SquareCheck,
  SquareMinus,
  TriangleAlert,
  X,
} from '@lucide/vue';
import { createVuetify } from 'vuetify';
import 'vuetify/styles/core';

/** For a dark reading room: nothing on the screen is brighter than the picture. */
const dark = {
  dark: true,
  colors: {
    background: '#0e1013',
    surface: '#15181d',
    raised: '#1c222a',
    selected: '#1d3344',
    line: '#2a3038',
    'surface-variant': '#5a6573',
    'surface-bright': '#ffffff',
    muted: '#939dab',
    'on-background': '#e4e7eb',
    'on-surface': '#e4e7eb',
    primary: '#4fb4f0',
    'on-primary': '#06121b',
    secondary: '#939dab',
    success: '#57c78a',
    warning: '#f2a94e',
    error: '#ef6e60',
    info: '#4fb4f0',
  },
};

const light = {
  dark: false,
  colors: {
    background: '#e6e9ed',
    surface: '#fbfcfd',
    raised: '#eef1f5',
    selected: '#d6e8f7',
    line: '#cfd6de',
    'surface-variant': '#8b97a5',
    'surface-bright': '#ffffff',
    muted: '#566270',
    'on-background': '#171b21',
    'on-surface': '#171b21',
    primary: '#0a67b0',
    'on-primary': '#ffffff',
    secondary: '#566270',
    success: '#1a7a49',
    warning: '#935400',
    error: '#bd3328',
    info: '#0a67b0',
  },
};

/** For what is drawn on a canvas, which knows no style sheet. */
export const COLOURS: Record<'dark' | 'light', typeof dark.colors> = {
  dark: dark.colors,
  light: light.colors,
};

const field = {
  variant: 'outlined',
  density: 'compact',
  hideDetails: 'auto',
  color: 'primary',
} as const;

export const vuetify = createVuetify({
  theme: { defaultTheme: 'dark', themes: { dark, light } },
  icons: {
    aliases: {
      collapse: ChevronUp,
      complete: Check,
      cancel: CircleX,
      close: X,
      delete: CircleX,
      clear: X,
      success: CircleCheck,
      info: Info,
      warning: TriangleAlert,
      error: CircleAlert,
      prev: ChevronLeft,
      next: ChevronRight,
      checkboxOn: SquareCheck,
      checkboxOff: Square,
      checkboxIndeterminate: SquareMinus,
      radioOn: CircleDot,
      radioOff: Circle,
      dropdown: ChevronDown,
      expand: ChevronDown,
      subgroup: ChevronRight,
      loading: LoaderCircle,
      plus: Plus,
      minus: Minus,
      search: Search,
    },
  },
  defaults: {
    global: { ripple: false, density: 'compact' },
    VBtn: { variant: 'tonal', rounded: 'md', size: 'small', density: 'default' },
    VTextField: field,
    VTextarea: field,
    VSelect: field,
    VCombobox: field,
    VNumberInput: { ...field, controlVariant: 'hidden' },
    VSlider: { hideDetails: true, color: 'primary', thumbSize: 14, trackSize: 3 },
    VSwitch: { hideDetails: true, color: 'primary', inset: true, size: 'x-small' },
    VCheckbox: { hideDetails: true, color: 'primary' },
    VTooltip: { eager: false, openDelay: 400, location: 'bottom' },
    VMenu: { offset: 4 },
    VList: { density: 'compact' },
    VProgressLinear: { color: 'primary', height: 3, rounded: true },
  },
});
