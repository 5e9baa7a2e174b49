namespace LastMile.Events.Tool.Doctor.Reading;

/// <summary>Compares a server's clock with this machine's.</summary>
internal static class Clock
{
    /// <summary>Returns the least amount by which a server's clock is ahead; zero if its time is within the request.</summary>
    /// <param name="server">The server's time.</param>
    /// <param name="before">This machine's time before the request.</param>
    /// <param name="after">This machine's time after the response.</param>
    public static TimeSpan Offset(DateTimeOffset server, DateTimeOffset before, DateTimeOffset after) =>
        server < before ? server - before : server > after ? server - after : TimeSpan.Zero;
}
