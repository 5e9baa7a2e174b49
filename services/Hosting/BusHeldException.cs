namespace LastMile.Events.Hosting;

/// <summary>The service stays off the bus, although the broker answers. The message says why and what to do.</summary>
public sealed class BusHeldException : Exception
{
    /// <summary>Creates the exception without a reason.</summary>
    public BusHeldException()
    {
    }

    /// <summary>Creates the exception with a reason.</summary>
    /// <param name="message">The reason, and what to do, in full sentences.</param>
    public BusHeldException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a reason and a cause.</summary>
    /// <param name="message">The reason, and what to do, in full sentences.</param>
    /// <param name="innerException">The cause.</param>
    public BusHeldException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
