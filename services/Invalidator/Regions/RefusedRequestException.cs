namespace LastMile.Events.Invalidator.Regions;

/// <summary>A request that can't be answered. Who asked receives a fault with this as its reason.</summary>
public sealed class RefusedRequestException(string message) : Exception(message);
