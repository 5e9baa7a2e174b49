namespace Storefront.Cache;

/// <summary>Whether this region's cache may be served from. It may not while purges are critically late there.</summary>
internal sealed class RegionTrust
{
    private volatile bool trusted = true;

    public bool Trusted
    {
        get => trusted;
        set => trusted = value;
    }
}
