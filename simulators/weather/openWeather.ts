import { builtinWeather } from '#simulators/weather/builtinWeather.ts'
import { readEpw } from '#simulators/weather/epw.ts'
import type { Weather } from '#simulators/weather/weather.ts'

/** Weather by name: `builtin:chicago` (and the other cities), or the path of an EPW file. */
export const openWeather = (nameOrPath: string, seed: number): Weather =>
  nameOrPath.startsWith('builtin:')
    ? builtinWeather({ city: nameOrPath.slice('builtin:'.length), seed })
    : readEpw(nameOrPath)
