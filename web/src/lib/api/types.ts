import type { components } from './schema'

type Schemas = components['schemas']

/* Short names for the shapes that the pages speak of. The shapes themselves are generated from openapi.json. */
export type Point = Schemas['common.v1.Point']
export type Place = Schemas['common.v1.Place']

export type Ticket = Schemas['tickets.v1.Ticket']
export type State = Schemas['tickets.v1.State']
export type PauseReason = Schemas['tickets.v1.PauseReason']
export type ClockColour = Schemas['tickets.v1.ClockColour']
export type TicketClock = Schemas['tickets.v1.Clock']
export type Clocks = Schemas['tickets.v1.Clocks']
export type Category = Schemas['tickets.v1.Category']
export type Suggestion = Schemas['tickets.v1.SimilarResponse.Suggestion']
export type Rating = Schemas['tickets.v1.Rating']
export type Story = Schemas['tickets.v1.Story']
export type OpenTicket = Schemas['tickets.v1.OpenRequest']

export type Visit = Schemas['dispatch.v1.Visit']
export type VisitState = Schemas['dispatch.v1.VisitState']
export type Decision = Schemas['dispatch.v1.Decision']
export type Offer = Schemas['dispatch.v1.Offer']
export type OfferOutcome = Schemas['dispatch.v1.OfferOutcome']
export type Position = Schemas['dispatch.v1.Position']
export type Technician = Schemas['dispatch.v1.Board.Technician']

export type Employee = Schemas['hr.v1.Employee']
export type DutyState = Schemas['hr.v1.DutyState']
export type District = Schemas['residents.v1.District']
export type Home = Schemas['residents.v1.Home']
export type MyHome = Schemas['residents.v1.ListMyHomesResponse.MyHome']
export type HomeRole = Schemas['residents.v1.HomeRole']
export type Occupant = Schemas['residents.v1.Occupant']
export type Me = Schemas['identity.v1.Me']
export type Session = Schemas['identity.v1.Session']
export type SignIn = Schemas['identity.v1.CreateSessionRequest']
export type Entry = Schemas['notify.v1.Entry']
