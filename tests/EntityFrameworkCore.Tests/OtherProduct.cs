namespace EntityFrameworkCore.Tests.Other;

/// <summary>A class with the short name of another one.</summary>
internal sealed class Product
{
    public int Id { get; set; }
}
