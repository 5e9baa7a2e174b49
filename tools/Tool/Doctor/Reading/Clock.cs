namespace LastMile.Events.Tool.Doctor.Reading;

/// <summary>Compares a server's clock with this machine's.</summary>
internal static class Clock
{
    /// <summary>Returns how far a server's clock is ahead, at least: a reading within the request counts as equal.</summary>
    /// <param name="server">The server's time.</param>
    /// <param name="before">This machine's time before the request.</param>
    /// <param name="after">This machine's time after the response.</param>
    public static TimeSpan Offset(DateTimeOffset server, DateTimeOffset before, DateTimeOffset after) =>
        server < before ? server - before : server > after ? server - after : TimeSpan.Zero;
}
