namespace LastMile.Events.Hosting;

/// <summary>The service stays off the bus although the broker answers. The message says why and what to do.</summary>
public sealed class BusHeldException : Exception
{
    /// <summary>Makes one without a reason.</summary>
    public BusHeldException()
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="message">Why, and what to do: whole sentences.</param>
    public BusHeldException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="message">Why, and what to do: whole sentences.</param>
    /// <param name="innerException">What has failed.</param>
    public BusHeldException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
