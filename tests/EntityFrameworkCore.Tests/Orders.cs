using Microsoft.EntityFrameworkCore;

namespace EntityFrameworkCore.Tests;

internal sealed class Customer
{
    public int Id { get; set; }

    public string Name { get; set; } = "";

    public Address Address { get; set; } = new();

    public List<Phone> Phones { get; set; } = [];

    public List<Review> Reviews { get; set; } = [];
}

internal sealed class Address
{
    public string City { get; set; } = "";

    public string? Note { get; set; }

    public Place Place { get; set; } = new();
}

internal sealed class Place
{
    public string Zip { get; set; } = "";
}

internal sealed class Phone
{
    public int Id { get; set; }

    public string Number { get; set; } = "";
}

internal sealed class Review
{
    public int Id { get; set; }

    public int CustomerId { get; set; }

    public Customer? Customer { get; set; }

    public string Text { get; set; } = "";
}

internal sealed class Post
{
    public int Id { get; set; }

    public List<Label> Labels { get; set; } = [];
}

internal sealed class Label
{
    public int Id { get; set; }

    public List<Post> Posts { get; set; } = [];
}

/// <summary>Models with several entities, without rules.</summary>
internal static class Orders
{
    public static readonly Action<ModelBuilder> Customers = model =>
    {
        model.Entity<Customer>().ToTable("customers").Property(customer => customer.Id).ValueGeneratedNever();
        model.Entity<Customer>().OwnsOne(customer => customer.Address, address => address.OwnsOne(owned => owned.Place));
        model.Entity<Customer>().OwnsMany(customer => customer.Phones, phones =>
        {
            phones.ToTable("phones");
            phones.Property(phone => phone.Id).ValueGeneratedNever();
        });
        model.Entity<Review>().ToTable("reviews").Property(review => review.Id).ValueGeneratedNever();
        model.Entity<Review>().Property(review => review.CustomerId).HasColumnName("customer_id");
    };

    public static readonly Action<ModelBuilder> Posts = model =>
    {
        model.Entity<Post>().ToTable("posts").Property(post => post.Id).ValueGeneratedNever();
        model.Entity<Label>().ToTable("labels").Property(label => label.Id).ValueGeneratedNever();
        model.Entity<Post>().HasMany(post => post.Labels).WithMany(label => label.Posts).UsingEntity(join => join.ToTable("post_labels"));
    };
}
