namespace LastMile.Events.Invalidator.Regions;

/// <summary>A request is invalid. The requester receives a fault with this message as the reason.</summary>
public sealed class InvalidRequestException(string message) : Exception(message);
